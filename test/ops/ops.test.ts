/** The sides that golden.test.ts leaves open: defaults, kinds of inputs, leaks, and no kernels. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {BACKENDS} from '../backends.js';
import {fuzzCase} from '../cases/fuzz.js';
import {OPS} from '../cases/ops.js';
import {expectClose} from '../close.js';
import {expectNoLeak} from '../no_leak.js';
import {random} from '../random.js';

const FORWARD = 2e-6;
const GRADIENT = 1e-5;

const SHAPE = [3, 5, 2];

beforeAll(() => {
  // tfjs's cpu kernels under another name, and none of ours.
  tf.registerBackend('without-kernels', () => tf.findBackendFactory('cpu')() as tf.KernelBackend);
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    if (kernel.kernelName.startsWith('FusedNormalize')) continue;
    tf.registerKernel({...kernel, backendName: 'without-kernels'});
  }
});

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  describe.each(OPS)('$name', ({name, epsilon, others = 0, run}) => {
    beforeEach(() => {
      tf.engine().startScope();
      // There tfjs copies what such a gradient saves, and takes the copies for a kernel's leaks.
      const saves = /^(powerNorm|globalResponseNorm|dynamic)/.test(name);
      tf.env().set('IS_TEST', !(backend === 'wasm' && saves));
    });
    afterEach(() => {
      tf.env().set('IS_TEST', true);
      tf.engine().endScope();
      tf.disposeVariables();
    });

    const params = () => ({gamma: tf.ones([2]), beta: tf.zeros([2])});
    /** With a state that has not moved. */
    const call = (x: tf.Tensor, config?: {epsilon?: number}) =>
      run({x, ...params()}, config, tfn.powerNormState(2));
    const data = (std = 1, seed = 1) => tf.tensor(random(30, seed, 0, std), SHAPE);

    // Values so small that it shows: it stands beside their squares, or beside their norm.
    if (epsilon != null) {
      test('has its documented epsilon', () => {
        const x = data(/Normalize$|l2$/.test(name) ? epsilon : Math.sqrt(epsilon));
        expect(call(x).dataSync()).toEqual(call(x, {epsilon}).dataSync());
        expect(call(x).dataSync()).not.toEqual(call(x, {epsilon: 1e6 * epsilon}).dataSync());
      });
    }

    test('casts integers and booleans, and takes arrays', () => {
      const values = random(30, 1).map(v => +(v > 0));
      const wanted = call(tf.tensor(values, SHAPE)).dataSync();
      for (const dtype of ['int32', 'bool'] as const) {
        const y = call(tf.tensor(values, SHAPE, dtype));
        expect(y.dtype).toBe('float32');
        expect(y.dataSync()).toEqual(wanted);
      }
      // The table asks for the rank.
      const array = Object.assign(tf.tensor(values, SHAPE).arraySync(), {rank: 3});
      expect(call(array as never).dataSync()).toEqual(wanted);
    });

    test('leaves its results alone behind, and so does its gradient', () => {
      const [x, inputs, state] = [data(), params(), tfn.powerNormState(2)];
      const op = (x: tf.Tensor) => run({x, ...inputs}, {}, state);
      const {numTensors} = tf.memory();
      op(x);
      expect(tf.memory().numTensors).toBe(numTensors + 1 + others);
      expectNoLeak(() => void tf.tidy(() => op(x).shape));
      const gradient = tf.grad(x => tf.square(op(x)));
      expectNoLeak(() => tf.dispose(gradient(x)));
      expectNoLeak(() => tf.dispose(tf.grad(x => tf.square(gradient(x)))(x)));
    });

    test('gives the same through the reference, without kernels', async () => {
      const both = () => [call(data()), tf.grad(x => call(x))(data(), data(1, 2))];
      const fused = both().map(t => t.dataSync());
      await tf.setBackend('without-kernels');
      const [y, dx] = both();
      await tf.setBackend(backend);
      expectClose(y, fused[0], FORWARD);
      expectClose(dx, fused[1], GRADIENT);
    });
  });

  // Few, as there are many more in `npm run fuzz`.
  test.each(Array.from({length: 60}, (_, seed) => fuzzCase(seed)))('$name', ({run}) => run());

  test('groupNorm takes 32 groups unless told otherwise', () => {
    const wide = tf.tensor(random(2 * 5 * 64, 1), [2, 5, 64]);
    expect(tfn.groupNorm(wide).dataSync()).toEqual(tfn.groupNorm(wide, {groups: 32}).dataSync());
  });

  test.each([
    ['layerNorm', {}, (x, p) => tfn.layerNorm(x, p)],
    ['rmsNorm', {statistic: 'rms'}, (x, p) => tfn.rmsNorm(x, p)],
    ['batchNorm', {axis: [0, 1, 2], params: 3}, (x, p) => tfn.batchNorm(x, p).y],
    ['instanceNorm', {axis: [1, 2], params: -1}, (x, p) => tfn.instanceNorm(x, p)],
  ] as Array<[string, tfn.NormalizeConfig, (x: tf.Tensor, p: tfn.AffineConfig) => tf.Tensor]>)(
    'normalize can be %s',
    (_, config, op) => {
      const x = tf.tensor(random(120, 1, 1), [2, 3, 4, 5]);
      const affine = {gamma: tf.tensor(random(5, 2)), beta: tf.tensor(random(5, 3))};
      const y = tfn.normalize(x, {...config, ...affine});
      expect(y.dataSync()).toEqual(op(x, affine).dataSync());
    },
  );

  test('normalize leaves what a mask hides out of norms too', () => {
    const x = tf.tensor2d([[3, 4, NaN], [1, 7, 2]]); // prettier-ignore
    const config = {axis: 1, mask: tf.tensor2d([[1, 1, 0], [1, 0, 1]])}; // prettier-ignore
    const y = tfn.normalize(x, {statistic: 'l2', ...config});
    expectClose(
      y,
      [0.6, 0.8, 0, 1, 7, 2].map((v, i) => (i < 3 ? v : v / Math.sqrt(5))),
      FORWARD,
    );
    const sums = tfn.normalize(x, {statistic: 'l1', ...config});
    expectClose(
      sums,
      [3, 4, 0, 1, 7, 2].map((v, i) => v / (i < 3 ? 7 : 3)),
      FORWARD,
    );
  });

  test('a variance far below epsilon keeps its digits', () => {
    const x = tf.tensor(random(1000, 1, 0, 1e-6), [1000, 1]);
    const {variance} = tfn.batchNorm(x);
    expectClose(variance, tf.moments(tf.mul(x, 1e6), 0).variance.mul(1e-12), FORWARD);
  });
});
