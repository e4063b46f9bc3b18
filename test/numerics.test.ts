/** The promises of docs/numerics.md, against float64 on the same float32 inputs. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../src/ops/index.js';
import {L1, L2, MOMENTS, RMS} from '../src/statistic.js';
import {BACKENDS} from './backends.js';
import {expectClose, relativeError} from './close.js';
import {normalize64, normalizeGrad64, type Problem} from './float64.js';
import {random} from './random.js';

const FORWARD = 2e-6;
const GRADIENT = 1e-5;

type Config = {gamma?: tf.Tensor; beta?: tf.Tensor; epsilon: number};
type Case = {name: string; op: (x: tf.Tensor, config: Config) => tf.Tensor} & Omit<
  Problem,
  'epsilon'
>;

const CASES: Case[] = [
  {
    name: 'layerNorm',
    op: tfn.layerNorm,
    shape: [13, 257],
    reduced: [1],
    params: [1],
    statistic: MOMENTS,
  },
  {
    name: 'batchNorm, channels last',
    op: (x, config) => tfn.batchNorm(x, config).y,
    shape: [11, 7, 7, 5],
    reduced: [0, 1, 2],
    params: [3],
    statistic: MOMENTS,
  },
  {
    name: 'batchNorm, channels first',
    op: (x, config) => tfn.batchNorm(x, {axis: 1, ...config}).y,
    shape: [11, 5, 7, 7],
    reduced: [0, 2, 3],
    params: [1],
    statistic: MOMENTS,
  },
  {
    name: 'groupNorm',
    op: (x, config) => tfn.groupNorm(tf.reshape(x, [3, 7, 7, 10]), {groups: 5, ...config}),
    shape: [3, 49, 5, 2],
    reduced: [1, 3],
    params: [2, 3],
    statistic: MOMENTS,
  },
  {
    name: 'rmsNorm',
    op: (x, {gamma, epsilon}) => tfn.rmsNorm(x, {gamma, epsilon}),
    shape: [13, 257],
    reduced: [1],
    params: [1],
    statistic: RMS,
  },
];

const UNIT_CASES: Case[] = [
  {name: 'l2Normalize', op: tfn.l2Normalize, statistic: L2},
  {name: 'l1Normalize', op: tfn.l1Normalize, statistic: L1},
].map(c => ({...c, shape: [13, 257], reduced: [1], params: []}));

/** `op` and its gradients on N(mean, std) are as near to float64 as promised. */
function expectPrecise({op, ...axes}: Case, {mean = 0, std = 1, epsilon = 1e-5}) {
  const problem = {...axes, epsilon};
  const {center} = axes.statistic;
  const size = axes.shape.reduce((a, b) => a * b, 1);
  const params = axes.params.reduce((n, axis) => n * axes.shape[axis], 1);
  const x = tf.tensor(random(size, 1, mean, std), [...axes.shape]);
  const beta = tf.tensor(center ? random(params, 3) : new Float32Array(params));
  const hasParams = axes.params.length > 0;
  const gamma = tf.tensor(hasParams ? random(params, 2, 1, 0.1) : [1]);
  const f = (x: tf.Tensor, gamma: tf.Tensor) =>
    op(x, hasParams ? {gamma, beta, epsilon} : {epsilon});
  const y = f(x, gamma);
  const dy = tf.tensor(random(size, 4), y.shape);
  const dx = tf.grad(x => f(x, gamma))(x, dy);
  const dgamma = hasParams ? tf.grad(gamma => f(x, gamma))(gamma, dy) : null;
  const arrays = [dy, x, gamma, beta].map(t => t.dataSync());
  const [$dy, $x, $gamma, $beta] = arrays;
  const truth = {
    ...normalize64($x, $gamma, $beta, problem),
    ...normalizeGrad64($dy, $x, $gamma, $beta, problem),
  };
  expectClose(y, truth.y, FORWARD);
  // Times std, so that the gradient of tiny or huge inputs stays within float32.
  expectClose(
    tf.mul(dx, std),
    truth.dx.map(v => v * std),
    GRADIENT,
  );
  if (dgamma != null) expectClose(dgamma, truth.dgamma, GRADIENT);
}

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  describe.each(CASES)('$name', c => {
    test.each([0, 1, 1e2, 1e3, 1e4, 1e5])('keeps its digits at mean/std %d', mean => {
      expectPrecise(c, {mean});
    });

    // Epsilon would hide values this small; without it the result does not depend on scale.
    test.each([1e-30, 1e-20, 1e20, 1e30])('neither overflows nor vanishes at std %d', std => {
      expectPrecise(c, {std, epsilon: 0});
    });
  });

  describe.each(UNIT_CASES)('$name', c => {
    test.each([1e-30, 1e-20, 1e-3, 1, 1e5, 1e20, 1e30])('is right at scale %d', std => {
      expectPrecise(c, {std, epsilon: std < 1e-10 ? 0 : 1e-12});
    });

    test('keeps zero vectors zero, with a zero gradient', () => {
      for (const epsilon of [1e-12, 0]) {
        const x = tf.tensor2d([
          [0, 0, 0],
          [3, 0, -4],
        ]);
        const [y, dx] = [c.op(x, {epsilon}), tf.grad(x => c.op(x, {epsilon}))(x)];
        expect(tf.slice(y, [0, 0], [1, 3]).dataSync()).toEqual(new Float32Array(3));
        expect(tf.slice(dx, [0, 0], [1, 3]).dataSync()).toEqual(new Float32Array(3));
        expect(tf.slice(y, [1, 0], [1, 3]).dataSync()).not.toEqual(new Float32Array(3));
      }
    });

    test('divides a vector shorter than epsilon by epsilon', () => {
      const x = tf.tensor1d([1e-5, -3e-5]);
      expectClose(c.op(x, {epsilon: 1e-3}), [1e-2, -3e-2], FORWARD);
      expectClose(tf.grad(x => c.op(x, {epsilon: 1e-3}))(x), [1e3, 1e3], GRADIENT);
    });
  });

  test.each([NaN, Infinity, -Infinity])('%d stays in its own group', bad => {
    const clean = random(3 * 40, 1);
    const dirty = clean.slice();
    dirty[40 + 7] = bad;
    const ops: Array<(x: tf.Tensor) => tf.Tensor> = [
      x => tfn.layerNorm(x),
      x => tfn.rmsNorm(x),
      x => tfn.l1Normalize(x),
      x => tfn.l2Normalize(x),
      x => tfn.groupNorm(tf.reshape(x, [3, 10, 4]), {groups: 2}),
      x => tf.transpose(tfn.batchNorm(tf.transpose(x)).y),
    ];
    for (const op of ops) {
      const grad = (x: tf.Tensor) => tf.grad(op)(x, tf.ones(op(x).shape));
      for (const f of [op, grad]) {
        const [wanted, got] = [clean, dirty].map(v => f(tf.tensor2d(v, [3, 40])).dataSync());
        expect(got.subarray(0, 40)).toEqual(wanted.subarray(0, 40));
        expect(got.subarray(80)).toEqual(wanted.subarray(80));
      }
      const y = op(tf.tensor2d(dirty, [3, 40])).dataSync();
      expect(y.subarray(40, 80).some(v => Number.isNaN(v))).toBe(true);
    }
  });

  test('a constant group becomes beta', () => {
    const x = tf.fill([4, 50], 12345.678);
    const beta = random(50, 1);
    expect(tfn.layerNorm(x, {beta}).dataSync()).toEqual(tile(beta, 4));
  });

  test('a long sum does not lose digits', () => {
    const x = random(400_000, 1, 100, 1);
    const {y} = tfn.batchNorm(tf.tensor2d(x, [200_000, 2]), {epsilon: 1e-5});
    const truth = normalize64(x, [1, 1], [0, 0], {
      shape: [200_000, 2],
      reduced: [0],
      params: [1],
      statistic: MOMENTS,
      epsilon: 1e-5,
    });
    expect(relativeError(y, truth.y)).toBeLessThan(FORWARD);
  });
});

const tile = (values: Float32Array, times: number) =>
  Float32Array.from({length: values.length * times}, (_, i) => values[i % values.length]);
