/** What golden.test.ts leaves open: defaults, kinds of inputs, nothing at all, and no kernels. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {expectNoLeak} from '../no_leak.js';
import {random} from '../random.js';
import {expectRight, type Op} from '../right.js';

const FORWARD = 2e-6;
const GRADIENT = 1e-5;

type Call = (x: tf.Tensor | tf.TensorLike, config?: {epsilon?: number}) => tf.Tensor;

/** Each with the epsilon that it documents. */
const OPS: Array<[name: string, op: Call, epsilon: number]> = [
  ['layerNorm', tfn.layerNorm, 1e-3],
  ['rmsNorm', tfn.rmsNorm, 1e-6],
  ['batchNorm', (x, config) => tfn.batchNorm(x, config).y, 1e-3],
  ['batchNormInference', (x, c) => tfn.batchNormInference(x, [1, 2], [1e-3, 4e-3], c), 1e-3],
  ['groupNorm', (x, config) => tfn.groupNorm(x, {groups: 2, ...config}), 1e-3],
  ['instanceNorm', tfn.instanceNorm, 1e-3],
  ['l1Normalize', tfn.l1Normalize, 1e-12],
  ['l2Normalize', tfn.l2Normalize, 1e-12],
];

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test.each<[string, number[], number[], number[], Op]>([
    ['one axis of one', [7], [], [0], (x, config) => tfn.batchNorm(x, config).y],
    ['axes apart', [4, 3, 5, 2], [0, 2], [1, 3], (x, c) => tfn.batchNorm(x, {axis: [1, -1], ...c}).y], // prettier-ignore
    ['no positions', [2, 5], [], [1], (x, c) => tfn.instanceNorm(x, {axis: 1, ...c})],
  ])('of %s', async (_, shape, reduced, params, op) => {
    await expectRight(op, {shape, reduced, params, statistic: MOMENTS, epsilon: 1e-3});
  });

  test.each(OPS)('%s has its documented epsilon', (name, op, epsilon) => {
    // Values so small that it shows: epsilon stands beside their squares or beside their norm.
    const std = name.endsWith('Normalize') ? epsilon : Math.sqrt(epsilon);
    const x = tf.tensor(random(3 * 5 * 2, 1, 0, std), [3, 5, 2]);
    expect(op(x).dataSync()).toEqual(op(x, {epsilon}).dataSync());
    expect(op(x).dataSync()).not.toEqual(op(x, {epsilon: 1e6 * epsilon}).dataSync());
  });

  test('groupNorm takes 32 groups unless told otherwise', () => {
    const wide = tf.tensor(random(2 * 5 * 64, 1), [2, 5, 64]);
    expect(tfn.groupNorm(wide).dataSync()).toEqual(tfn.groupNorm(wide, {groups: 32}).dataSync());
  });

  test.each(OPS)('%s casts integers and booleans, and takes arrays', (_, op) => {
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

  test.each(OPS)('%s leaves its result alone behind', (name, op) => {
    const x = tf.tensor2d(random(8, 1), [4, 2]);
    const {numTensors} = tf.memory();
    op(x);
    // batchNorm has statistics beside its result.
    expect(tf.memory().numTensors).toBe(numTensors + (name === 'batchNorm' ? 3 : 1));
    expectNoLeak(() => void tf.tidy(() => op(x).shape));
  });

  test.each(OPS)('%s of an empty tensor is empty, and so is its gradient', (_, op) => {
    for (const shape of [
      [0, 2],
      [0, 3, 2],
      [1, 0, 2],
    ]) {
      const x = tf.zeros(shape);
      expect(op(x).shape).toEqual(shape);
      expect(tf.grad(op)(x).shape).toEqual(shape);
    }
  });

  test('no channels are no error', () => {
    for (const axis of [1, 2]) {
      const x = tf.zeros(axis === 1 ? [2, 0, 3] : [2, 3, 0]);
      for (const y of [tfn.instanceNorm(x, {axis}), tfn.groupNorm(x, {axis})]) {
        expect(y.shape).toEqual(x.shape);
      }
      const gamma = tf.ones([0]);
      const [dx, dgamma] = tf.grads((...[x, gamma]: tf.Tensor[]) =>
        tfn.instanceNorm(x, {axis, gamma}),
      )([x, gamma]);
      expect([dx.shape, dgamma.shape]).toEqual([x.shape, [0]]);
    }
  });

  test('gamma and beta of an empty tensor get zero gradients', () => {
    const f = (gamma: tf.Tensor, beta: tf.Tensor) => tfn.layerNorm(tf.zeros([0, 2]), {gamma, beta});
    for (const gradient of tf.grads(f)([tf.ones([2]), tf.ones([2])])) {
      expect(gradient.dataSync()).toEqual(new Float32Array(2));
    }
  });

  test.each(OPS)('%s gives the same through the reference, without kernels', async (_, op) => {
    const both = () => {
      const [x, dy] = [tf.tensor(random(40, 1, 5), [20, 2]), tf.tensor(random(40, 2), [20, 2])];
      return [op(x).dataSync(), tf.grad(op)(x, dy).dataSync()];
    };
    const [y, dx] = both();
    await tf.setBackend('without-kernels');
    const [reference, gradient] = both();
    await tf.setBackend(backend);
    expectClose(reference, y, FORWARD);
    expectClose(gradient, dx, GRADIENT);
  });

  test('the statistics of an empty batch are NaN', () => {
    const {mean, variance} = tfn.batchNorm(tf.zeros([0, 2]));
    expect(mean.dataSync()).toEqual(new Float32Array([NaN, NaN]));
    expect(variance.dataSync()).toEqual(new Float32Array([NaN, NaN]));
  });

  test('a variance far below epsilon keeps its digits', () => {
    const x = tf.tensor(random(1000, 1, 0, 1e-6), [1000, 1]);
    const {variance} = tfn.batchNorm(x);
    expectClose(variance, tf.moments(tf.mul(x, 1e6), 0).variance.mul(1e-12), FORWARD);
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
