import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';

const FORWARD = 2e-6;
const GRADIENT = 1e-5;

const LAYOUTS: Array<[string, number[], number | number[]]> = [
  ['rank 1', [5], -1],
  ['rank 2', [9, 5], -1],
  ['channels last', [4, 3, 3, 5], -1],
  ['channels first', [4, 5, 3, 3], 1],
  ['features first', [5, 4, 3], 0],
  ['two feature axes apart', [4, 3, 2, 5], [1, 3]],
  ['rank 6', [2, 3, 1, 2, 3, 4], -2],
];

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  describe.each(LAYOUTS)('%s', (_, shape, axis) => {
    const axes = tf.util.parseAxisParam(axis, shape).sort((a, b) => a - b);
    const reduced = shape.map((_, i) => i).filter(i => !axes.includes(i));
    const features = axes.map(i => shape[i]);
    const aligned = shape.map((size, i) => (axes.includes(i) ? size : 1));
    const count = tf.util.sizeFromShape(features);
    const x = () => tf.tensor(random(tf.util.sizeFromShape(shape), 1, 2, 3), shape);
    const param = (seed: number, mean = 0) => tf.tensor(random(count, seed, mean), features);

    test('the batch statistics are those of tf.moments', () => {
      const {mean, variance} = tfn.batchNorm(x(), {axis});
      const moments = tf.moments(x(), reduced);
      expect(mean.shape).toEqual(features);
      expect(variance.shape).toEqual(features);
      if (reduced.length === 0) return;
      expectClose(mean, moments.mean, FORWARD);
      expectClose(variance, moments.variance, FORWARD);
    });

    test('the batch statistics differentiate as those of tf.moments do', () => {
      const [dmean, dvariance] = [param(2), param(3)];
      // To the second order: the gradient's gradient as well.
      const derivatives = (f: (x: tf.Tensor) => {mean: tf.Tensor; variance: tf.Tensor}) => {
        const loss = (x: tf.Tensor) => {
          const {mean, variance} = f(x);
          return tf.add(tf.sum(tf.mul(mean, dmean)), tf.sum(tf.mul(variance, dvariance)));
        };
        const first = tf.grad(loss);
        const second = tf.grad(x => tf.sum(tf.square(first(x))));
        // The statistics of single values are linear.
        return reduced.length === 0 ? [first(x())] : [first(x()), second(x())];
      };
      const ours = derivatives(x => tfn.batchNorm(x, {axis}));
      const theirs = derivatives(x => {
        const {mean, variance} = tf.moments(x, reduced);
        return reduced.length > 0 ? {mean, variance} : {mean: tf.clone(x), variance: tf.mul(x, 0)};
      });
      ours.forEach((gradient, i) => expectClose(gradient, theirs[i], GRADIENT));
    });

    test('inference is the formula, and so are all its gradients', () => {
      const epsilon = 0.01;
      const inputs = [x(), param(2), tf.abs(param(3)), param(4, 1), param(5)];
      const ours = (
        x: tf.Tensor,
        mean: tf.Tensor,
        v: tf.Tensor,
        gamma: tf.Tensor,
        beta: tf.Tensor,
      ) => tfn.batchNormInference(x, mean, v, {axis, gamma, beta, epsilon});
      const formula = (x: tf.Tensor, ...params: tf.Tensor[]) => {
        const [mean, v, gamma, beta] = params.map(param => tf.reshape(param, aligned));
        const rstd = tf.rsqrt(tf.add(v, epsilon));
        return tf.add(tf.mul(tf.mul(tf.sub(x, mean), rstd), gamma), beta);
      };
      const dy = tf.tensor(random(inputs[0].size, 6), shape);
      const [x_, mean, v, gamma, beta] = inputs;
      expectClose(ours(x_, mean, v, gamma, beta), formula(x_, mean, v, gamma, beta), FORWARD);
      const gradients = tf.grads(ours)(inputs as never, dy);
      tf.grads(formula)(inputs, dy).forEach((gradient, i) =>
        expectClose(gradients[i], gradient, GRADIENT),
      );
    });

    test("inference with the batch's statistics is training", () => {
      const {y, mean, variance} = tfn.batchNorm(x(), {axis, gamma: param(4), beta: param(5)});
      const config = {axis, gamma: param(4), beta: param(5)};
      expectClose(tfn.batchNormInference(x(), mean, variance, config), y, 2 * FORWARD);
    });
  });

  test('inference needs neither gamma nor beta', () => {
    const x = tf.tensor2d([[1], [3]]);
    const y = tfn.batchNormInference(x, [2], [4], {epsilon: 0});
    expectClose(y, [-0.5, 0.5], FORWARD);
    const [dx] = tf.grads((x: tf.Tensor) => tfn.batchNormInference(x, [2], [4], {epsilon: 0}))([x]);
    expectClose(dx, [0.5, 0.5], FORWARD);
  });

  test('the statistics of an empty batch are NaN', () => {
    const {y, mean, variance} = tfn.batchNorm(tf.zeros([0, 2]));
    expect(y.shape).toEqual([0, 2]);
    expect(mean.dataSync()).toEqual(new Float32Array([NaN, NaN]));
    expect(variance.dataSync()).toEqual(new Float32Array([NaN, NaN]));
  });

  test('a variance far below epsilon keeps its digits', () => {
    const x = tf.tensor(random(1000, 1, 0, 1e-6), [1000, 1]);
    const {variance} = tfn.batchNorm(x);
    expectClose(variance, tf.moments(tf.mul(x, 1e6), 0).variance.mul(1e-12), FORWARD);
  });
});
