/** Batch renormalization; layer_golden.test.ts compares its steps with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';
import {modelWith, saveAndLoad} from './layer_test.js';

// The same formula rounded in another order.
const TOLERANCE = 1e-5;

const data = (shape: number[], seed = 1) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 3, 2), shape);
const names = (layer: tf.layers.Layer) =>
  layer.weights.map(({originalName}) => originalName.split('/').pop());
const values = (layer: tf.layers.Layer) => layer.getWeights().map(w => w.dataSync());

test("has Keras's weights in Keras's order", () => {
  const layer = tfn.layers.batchNormalization({
    renorm: true,
    movingMeanInitializer: tf.initializers.constant({value: 2}),
    movingVarianceInitializer: tf.initializers.constant({value: 9}),
  });
  layer.build([null, 2]);
  expect(names(layer).slice(2)).toEqual([
    'moving_mean',
    'moving_variance',
    'moving_stddev',
    'renorm_mean',
    'renorm_stddev',
  ]);
  expect(
    values(layer)
      .slice(2)
      .map(([v]) => v),
  ).toEqual([2, 9, 3, 2, 3]);
  expect(layer.trainableWeights).toHaveLength(2);
});

test("has Keras's keys in its config, where it is asked for", () => {
  const renormClipping = {rmax: 3, rmin: 0.3, dmax: 5};
  const args = {renorm: true, renormClipping, renormMomentum: 0.5};
  expect(tfn.layers.batchNormalization(args).getConfig()).toMatchObject(args);
  const plain = Object.keys(tfn.layers.batchNormalization({renorm: false}).getConfig());
  expect(plain.filter(key => key.startsWith('renorm'))).toEqual([]);
});

test('without bounds normalizes by the running statistics in training', () => {
  const layer = tfn.layers.batchNormalization({renorm: true, renormMomentum: 0.9});
  const before = [data([16, 3], 2), data([16, 3], 3)];
  before.forEach(x => layer.apply(x, {training: true}));
  // getWeights hands out the variables, and the next call moves them.
  const [mean, stddev] = layer
    .getWeights()
    .slice(-2)
    .map(w => w.clone());
  const x = data([16, 3], 4);
  expectClose(
    layer.apply(x, {training: true}) as tf.Tensor,
    tf.div(tf.sub(x, mean), stddev),
    TOLERANCE,
  );
});

test('with r = 1 and d = 0 is batch normalization', () => {
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
  const {mean, variance} = tf.moments(x, 0);
  const [movingMean, movingStddev] = layer
    .getWeights()
    .slice(-2)
    .map(w => w.clone());
  const r = tf.div(tf.sqrt(tf.add(variance, 1e-3)), movingStddev);
  const d = tf.div(tf.sub(mean, movingMean), movingStddev);
  const cube = (y: tf.Tensor) => tf.sum(tf.pow(y, 3));
  const expected = (x: tf.Tensor) => cube(tf.add(tf.mul(tfn.batchNorm(x).y, r), d));
  const found = (x: tf.Tensor) => cube(layer.apply(x, {training: true}) as tf.Tensor);
  const penalty = (loss: (x: tf.Tensor) => tf.Tensor) =>
    tf.grad(x => tf.sum(tf.square(tf.grad(loss)(x))));
  // Each call moves the statistics: put back what r and d were computed from.
  const weights = layer.getWeights().map(w => w.clone());
  expectClose(tf.grad(found)(x), tf.grad(expected)(x), TOLERANCE);
  layer.setWeights(weights);
  expectClose(penalty(found)(x), penalty(expected)(x), TOLERANCE);
});

test('learns nothing at inference, frozen, from nothing, or in a call that fails', () => {
  const layer = tfn.layers.batchNormalization({renorm: true});
  const x = data([6, 3]);
  layer.apply(x, {training: true});
  const before = values(layer);
  layer.apply(x);
  layer.apply(tf.zeros([0, 3]), {training: true});
  expect(() => layer.apply(x, {training: true, mask: tf.ones([5])})).toThrow('mask must have');
  layer.trainable = false;
  expect((layer.apply(x, {training: true}) as tf.Tensor).dataSync()).toEqual(
    (layer.apply(x) as tf.Tensor).dataSync(),
  );
  expect(values(layer)).toEqual(before);
});

test('trains, and goes on after loading as if it had not been saved', async () => {
  const args = {renorm: true, renormClipping: {rmax: 2, dmax: 1}, renormMomentum: 0.8};
  const model = modelWith(tfn.layers.batchNormalization(args), [3, 4]);
  // The same in every run.
  for (const layer of model.layers.filter(layer => layer.getClassName() === 'Dense')) {
    const [kernel, bias] = layer.getWeights();
    layer.setWeights([tf.randomNormal(kernel.shape, 0, 0.3, 'float32', 1), bias]);
  }
  const x = data([32, 3, 4]);
  const label = tf.cast(tf.greater(tf.mean(x, [1, 2]), 3), 'float32').reshape([32, 1]);
  const train = async (model: tf.LayersModel) => {
    model.compile({optimizer: tf.train.sgd(0.1), loss: 'binaryCrossentropy', metrics: ['acc']});
    const {history} = await model.fit(x, label, {epochs: 6, shuffle: false, verbose: 0});
    return history['loss'] as number[];
  };
  const losses = await train(model);
  expect(losses[5]).toBeLessThan(losses[0]);
  const loaded = await saveAndLoad(model);
  expect(loaded.layers[1].getConfig()).toEqual(model.layers[1].getConfig());
  const [again, before] = [await train(loaded), await train(model)];
  expectClose(again, before, TOLERANCE);
  const {numTensors} = tf.memory();
  for (let step = 0; step < 20; step++) await loaded.trainOnBatch(x, label);
  expect(tf.memory().numTensors).toBe(numTensors);
}, 30_000);
