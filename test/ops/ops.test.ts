/** Each op is the normalization of the right axes: against float64 and against its siblings. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {L1, L2, MOMENTS, RMS, type Statistic} from '../../src/statistic.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {normalize64} from '../float64.js';
import {random} from '../random.js';

const TOLERANCE = 2e-6;
const EPSILON = 1e-3;

type Config = {axis?: number | number[]; gamma?: tf.Tensor; beta?: tf.Tensor; epsilon?: number};
type Call = (x: tf.Tensor, config: Config) => tf.Tensor;

const layerNorm: Call = (x, config) => tfn.layerNorm(x, config);
const batchNorm: Call = (x, config) => tfn.batchNorm(x, config).y;
const rmsNorm: Call = (x, {beta: _, ...config}) => tfn.rmsNorm(x, config);
const instanceNorm: Call = (x, config) => tfn.instanceNorm(x, config as {axis?: number});
const l1Normalize: Call = (x, {axis}) => tfn.l1Normalize(x, {axis});
const l2Normalize: Call = (x, {axis}) => tfn.l2Normalize(x, {axis});

type OpCase = [
  name: string,
  op: Call,
  statistic: Statistic,
  axis: number | number[] | undefined,
  shape: number[],
  reduced: number[],
  params: number[],
];

const CASES: OpCase[] = [
  ['layerNorm', layerNorm, MOMENTS, undefined, [7], [0], [0]],
  ['layerNorm', layerNorm, MOMENTS, undefined, [3, 4, 5], [2], [2]],
  ['layerNorm', layerNorm, MOMENTS, 1, [3, 4, 5], [1], [1]],
  ['layerNorm', layerNorm, MOMENTS, [-1, 1], [3, 4, 5], [1, 2], [1, 2]],
  ['layerNorm', layerNorm, MOMENTS, [3, 1], [2, 3, 2, 5], [1, 3], [1, 3]],
  [
    'layerNorm',
    layerNorm,
    MOMENTS,
    [0, 1, 2, 3, 4, 5],
    [2, 1, 2, 3, 1, 2],
    [0, 1, 2, 3, 4, 5],
    [0, 1, 2, 3, 4, 5],
  ],
  ['rmsNorm', rmsNorm, RMS, undefined, [3, 4, 5], [2], [2]],
  ['rmsNorm', rmsNorm, RMS, [1, 2], [3, 4, 5], [1, 2], [1, 2]],
  ['rmsNorm', rmsNorm, RMS, -2, [3, 4, 5, 2], [2], [2]],
  ['batchNorm', batchNorm, MOMENTS, undefined, [7], [], [0]],
  ['batchNorm', batchNorm, MOMENTS, undefined, [9, 4], [0], [1]],
  ['batchNorm', batchNorm, MOMENTS, 1, [4, 3, 5, 2], [0, 2, 3], [1]],
  ['batchNorm', batchNorm, MOMENTS, 0, [4, 3, 5], [1, 2], [0]],
  ['batchNorm', batchNorm, MOMENTS, [1, -1], [4, 3, 5, 2], [0, 2], [1, 3]],
  ['batchNorm', batchNorm, MOMENTS, -1, [3, 2, 2, 2, 2, 3], [0, 1, 2, 3, 4], [5]],
  ['instanceNorm', instanceNorm, MOMENTS, undefined, [2, 3, 4, 5], [1, 2], [3]],
  ['instanceNorm', instanceNorm, MOMENTS, 1, [2, 5, 7], [2], [1]],
  ['instanceNorm', instanceNorm, MOMENTS, 1, [2, 5], [], [1]],
  ['instanceNorm', instanceNorm, MOMENTS, -2, [2, 3, 4, 5, 2], [1, 2, 4], [3]],
  ['l1Normalize', l1Normalize, L1, undefined, [3, 4], [1], []],
  ['l1Normalize', l1Normalize, L1, [0, 2], [3, 4, 5], [0, 2], []],
  ['l2Normalize', l2Normalize, L2, undefined, [3, 4], [1], []],
  ['l2Normalize', l2Normalize, L2, 0, [3, 4], [0], []],
  ['l2Normalize', l2Normalize, L2, [1, 2], [3, 4, 5], [1, 2], []],
];

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test.each(CASES)('%s normalizes axis %#', (_, op, statistic, axis, shape, reduced, params) => {
    const size = tf.util.sizeFromShape(shape);
    const sizes = params.map(i => shape[i]);
    const gamma = random(tf.util.sizeFromShape(sizes), 2, 1);
    const beta = random(gamma.length, 3);
    const x = random(size, 1, 2, 3);
    const $x = tf.tensor(x, shape);
    const epsilon = statistic.average ? EPSILON : 1e-12;
    const problem = {shape, reduced, params, statistic, epsilon};

    const plain = op($x, {axis, epsilon});
    expect(plain.shape).toEqual(shape);
    const ones = new Float32Array(gamma.length).fill(1);
    const zeros = new Float32Array(gamma.length);
    expectClose(plain, normalize64(x, ones, zeros, problem).y, TOLERANCE);

    if (params.length === 0) return;
    const affine = {axis, epsilon, gamma: tf.tensor(gamma, sizes), beta: tf.tensor(beta, sizes)};
    const offset = op === rmsNorm ? zeros : beta;
    expectClose(op($x, affine), normalize64(x, gamma, offset, problem).y, TOLERANCE);
    expectClose(
      op($x, {axis, epsilon, gamma: affine.gamma}),
      normalize64(x, gamma, zeros, problem).y,
      TOLERANCE,
    );
    if (op === rmsNorm) return;
    expectClose(
      op($x, {axis, epsilon, beta: affine.beta}),
      normalize64(x, ones, beta, problem).y,
      TOLERANCE,
    );
  });

  test.each([
    ['layerNorm', (x: tf.Tensor, epsilon?: number) => tfn.layerNorm(x, {epsilon}), 1e-3],
    ['batchNorm', (x: tf.Tensor, epsilon?: number) => tfn.batchNorm(x, {epsilon}).y, 1e-3],
    ['rmsNorm', (x: tf.Tensor, epsilon?: number) => tfn.rmsNorm(x, {epsilon}), 1e-6],
    ['groupNorm', (x: tf.Tensor, epsilon?: number) => tfn.groupNorm(x, {groups: 2, epsilon}), 1e-3],
    ['instanceNorm', (x: tf.Tensor, epsilon?: number) => tfn.instanceNorm(x, {epsilon}), 1e-3],
    ['l1Normalize', (x: tf.Tensor, epsilon?: number) => tfn.l1Normalize(x, {epsilon}), 1e-12],
    ['l2Normalize', (x: tf.Tensor, epsilon?: number) => tfn.l2Normalize(x, {epsilon}), 1e-12],
  ])('%s has its documented epsilon', (name, op, epsilon) => {
    // Values so small that it shows: epsilon stands beside their squares or beside their norm.
    const std = name.endsWith('Normalize') ? epsilon : Math.sqrt(epsilon);
    const x = tf.tensor(random(3 * 5 * 4, 1, 0, std), [3, 5, 4]);
    expect(op(x).dataSync()).toEqual(op(x, epsilon).dataSync());
    expect(op(x).dataSync()).not.toEqual(op(x, 1e6 * epsilon).dataSync());
  });

  describe('groupNorm', () => {
    const x = () => tf.tensor(random(2 * 3 * 4 * 12, 1, 1, 2), [2, 3, 4, 12]);
    const gamma = random(12, 2, 1);
    const beta = random(12, 3);

    test('with one group is layer norm over all but the batch', () => {
      const axis = [1, 2, 3];
      expectClose(tfn.groupNorm(x(), {groups: 1}), tfn.layerNorm(x(), {axis}), TOLERANCE);
    });

    test('with a group a channel is instance norm', () => {
      const config = {gamma, beta};
      const wanted = tfn.instanceNorm(x(), config);
      expectClose(tfn.groupNorm(x(), {...config, groups: 12}), wanted, TOLERANCE);
      expectClose(tfn.groupNorm(x(), {...config, groups: -1}), wanted, TOLERANCE);
    });

    test('takes 32 groups unless told otherwise', () => {
      const wide = tf.tensor(random(2 * 5 * 64, 1), [2, 5, 64]);
      expect(tfn.groupNorm(wide).dataSync()).toEqual(tfn.groupNorm(wide, {groups: 32}).dataSync());
    });

    test.each([
      ['first', [0, 3, 1, 2], 1],
      ['in the middle', [0, 1, 3, 2], 2],
    ])('takes channels %s', (_, order, axis) => {
      const moved = tfn.groupNorm(tf.transpose(x(), order), {groups: 3, axis, gamma, beta});
      const last = tfn.groupNorm(x(), {groups: 3, gamma, beta});
      expectClose(moved, tf.transpose(last, order), TOLERANCE);
    });

    test('is the normalization of the split channels', () => {
      const split = {shape: [2, 12, 3, 4], reduced: [1, 3], params: [2, 3]};
      const truth = normalize64(x().dataSync(), gamma, beta, {
        ...split,
        statistic: MOMENTS,
        epsilon: EPSILON,
      });
      expectClose(tfn.groupNorm(x(), {groups: 3, gamma, beta}), truth.y, TOLERANCE);
    });
  });

  describe('every op', () => {
    const ops: Array<[string, (x: tf.Tensor | tf.TensorLike) => tf.Tensor]> = [
      ['layerNorm', x => tfn.layerNorm(x)],
      ['rmsNorm', x => tfn.rmsNorm(x)],
      ['batchNorm', x => tfn.batchNorm(x).y],
      ['batchNormInference', x => tfn.batchNormInference(x, [1, 2], [3, 4])],
      ['groupNorm', x => tfn.groupNorm(x, {groups: 2})],
      ['instanceNorm', x => tfn.instanceNorm(x)],
      ['l1Normalize', x => tfn.l1Normalize(x)],
      ['l2Normalize', x => tfn.l2Normalize(x)],
    ];

    test.each(ops)('%s casts integers and booleans, and takes arrays', (_, op) => {
      const values = [
        [1, 0],
        [0, 1],
        [1, 1],
      ];
      const wanted = op(tf.tensor2d(values, [3, 2], 'float32')).dataSync();
      for (const x of [tf.tensor2d(values, [3, 2], 'int32'), tf.tensor2d(values, [3, 2], 'bool')]) {
        expect(op(x).dtype).toBe('float32');
        expect(op(x).dataSync()).toEqual(wanted);
      }
      expect(op(values).dataSync()).toEqual(wanted);
    });

    test.each(ops)('%s leaves one tensor behind, its result', (name, op) => {
      const x = tf.tensor2d(random(8, 1), [4, 2]);
      const before = tf.memory();
      op(x);
      const results = name === 'batchNorm' ? 3 : 1;
      expect(tf.memory().numTensors).toBe(before.numTensors + results);
      expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers + results);
    });

    test.each(ops)('%s of an empty tensor is empty, and so is its gradient', (_, op) => {
      for (const shape of [
        [0, 2],
        [0, 3, 2],
      ]) {
        const x = tf.zeros(shape);
        expect(op(x).shape).toEqual(shape);
        expect(tf.grad(op)(x).shape).toEqual(shape);
      }
    });

    test.each(ops)('%s gives the same through the reference, without kernels', async (_, op) => {
      const x = tf.tensor2d(random(40, 1, 5), [20, 2]);
      const dy = tf.tensor2d(random(40, 2), [20, 2]);
      const [y, dx] = [op(x).dataSync(), tf.grad(op)(x, dy).dataSync()];
      await tf.setBackend('without-kernels');
      try {
        expectClose(op(tf.tensor2d(random(40, 1, 5), [20, 2])), y, TOLERANCE);
        const gradient = tf.grad(op)(
          tf.tensor2d(random(40, 1, 5), [20, 2]),
          tf.tensor2d(random(40, 2), [20, 2]),
        );
        expectClose(gradient, dx, 1e-5);
      } finally {
        await tf.setBackend(backend);
      }
    });
  });

  test('gamma and beta of an empty tensor get zero gradients', () => {
    const f = (gamma: tf.Tensor, beta: tf.Tensor) => tfn.layerNorm(tf.zeros([0, 2]), {gamma, beta});
    const [dgamma, dbeta] = tf.grads(f)([tf.ones([2]), tf.ones([2])]);
    expect(dgamma.dataSync()).toEqual(new Float32Array(2));
    expect(dbeta.dataSync()).toEqual(new Float32Array(2));
  });

  test('a parameter of one value gets its gradient', () => {
    const x = tf.tensor2d([[3], [5]]);
    const f = (gamma: tf.Tensor, beta: tf.Tensor) => tfn.batchNorm(x, {gamma, beta, epsilon: 0}).y;
    const [dgamma, dbeta] = tf.grads(f)([tf.ones([1]), tf.zeros([1])], tf.tensor2d([[1], [10]]));
    expectClose(dgamma, [9], TOLERANCE);
    expectClose(dbeta, [11], TOLERANCE);
  });
});

beforeAll(() => {
  // tfjs's cpu kernels under another name, and none of ours.
  tf.registerBackend('without-kernels', () => tf.findBackendFactory('cpu')() as tf.KernelBackend);
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    if (kernel.kernelName.startsWith('FusedNormalize')) continue;
    tf.registerKernel({...kernel, backendName: 'without-kernels'});
  }
});
