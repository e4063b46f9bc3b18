/** Batch renormalization beside golden.test.ts, which compares its steps with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {normal, valuesOf} from '../models.js';

// The same formula rounded in another order.
const TOLERANCE = 1e-5;

const data = (shape: number[], seed = 1) => normal(shape, seed, 3, 2);

test("starts its further statistics from the initializers of Keras's", () => {
  const layer = tfn.layers.batchNormalization({
    renorm: true,
    movingMeanInitializer: tf.initializers.constant({value: 2}),
    movingVarianceInitializer: tf.initializers.constant({value: 9}),
  });
  layer.build([null, 1]);
  // moving_mean, moving_variance, moving_stddev, renorm_mean, renorm_stddev.
  expect(valuesOf(layer).slice(2).flat()).toEqual([2, 9, 3, 2, 3]);
  expect(layer.trainableWeights).toHaveLength(2);
});

test('with r = 1 and d = 0 is batch normalization, until the bounds are opened', () => {
  const clipping = {rmax: 1, rmin: 1, dmax: 0};
  const layer = tfn.layers.batchNormalization({renorm: true, renormClipping: clipping});
  const x = data([8, 4, 3]);
  const plain = tfn.layers.batchNormalization().apply(x, {training: true}) as tf.Tensor;
  expectClose(layer.apply(x, {training: true}) as tf.Tensor, plain, TOLERANCE);
  // The paper's schedule: the bounds open as the training goes on.
  layer.renorm!.clipping = {};
  const opened = layer.apply(x, {training: true}) as tf.Tensor;
  expect(tf.max(tf.abs(tf.sub(opened, plain))).dataSync()[0]).toBeGreaterThan(0.5);
  expect(() => (layer.renorm!.clipping = {dmax: -1})).toThrow('dmax must not be below 0');
});

test('takes r and d as constants in its gradient, of second order too', () => {
  const layer = tfn.layers.batchNormalization({renorm: true});
  const x = data([6, 3]);
  layer.apply(data([6, 3], 2), {training: true});
  // getWeights hands out the variables, and each call moves them.
  const weights = layer.getWeights().map(w => w.clone());
  const [movingMean, movingStddev] = weights.slice(-2);
  const {mean, variance} = tf.moments(x, 0);
  const r = tf.div(tf.sqrt(tf.add(variance, 1e-3)), movingStddev);
  const d = tf.div(tf.sub(mean, movingMean), movingStddev);
  const cube = (y: tf.Tensor) => tf.sum(tf.pow(y, 3));
  const expected = (x: tf.Tensor) => cube(tf.add(tf.mul(tfn.batchNorm(x).y, r), d));
  const found = (x: tf.Tensor) => cube(layer.apply(x, {training: true}) as tf.Tensor);
  const penalty = (loss: (x: tf.Tensor) => tf.Tensor) =>
    tf.grad(x => tf.sum(tf.square(tf.grad(loss)(x))));
  expectClose(tf.grad(found)(x), tf.grad(expected)(x), TOLERANCE);
  layer.setWeights(weights);
  expectClose(penalty(found)(x), penalty(expected)(x), TOLERANCE);
});
