/** Batch renormalization; layer_golden.test.ts compares its steps with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {compile, modelWith, normal, saveAndLoad, train, valuesOf} from '../models.js';

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

test("has Keras's keys in its config, where it is asked for", () => {
  const renormClipping = {rmax: 3, rmin: 0.3, dmax: 5};
  const args = {renorm: true, renormClipping, renormMomentum: 0.5};
  expect(tfn.layers.batchNormalization(args).getConfig()).toMatchObject(args);
  const plain = Object.keys(tfn.layers.batchNormalization({renorm: false}).getConfig());
  expect(plain.filter(key => key.startsWith('renorm'))).toEqual([]);
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

test('learns nothing at inference, frozen, from nothing, or in a call that fails', () => {
  const layer = tfn.layers.batchNormalization({renorm: true});
  const x = data([6, 3]);
  layer.apply(x, {training: true});
  const before = valuesOf(layer);
  const y = (layer.apply(x) as tf.Tensor).dataSync();
  layer.apply(tf.zeros([0, 3]), {training: true});
  expect(() => layer.apply(x, {training: true, mask: tf.ones([5])})).toThrow('mask must have');
  layer.trainable = false;
  expect((layer.apply(x, {training: true}) as tf.Tensor).dataSync()).toEqual(y);
  expect(valuesOf(layer)).toEqual(before);
});

test('trains, and goes on after loading as if it had not been saved', async () => {
  const args = {renorm: true, renormClipping: {rmax: 2, dmax: 1}, renormMomentum: 0.8};
  const model = modelWith(tfn.layers.batchNormalization(args), [3, 4]);
  const x = normal([32, 3, 4]);
  const losses = await train(model, x, 6);
  expect(losses[5]).toBeLessThan(losses[0]);
  const loaded = await saveAndLoad(model);
  compile(loaded);
  expect(loaded.layers[1].getConfig()).toEqual(model.layers[1].getConfig());
  expectClose(await train(loaded, x, 6), await train(model, x, 6), TOLERANCE);
});
