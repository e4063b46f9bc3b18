/** Keras's semantics of training, freezing and moving statistics. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';
import {modelWith, saveAndLoad} from './layer_test.js';

const TOLERANCE = 1e-5;

const data = (shape: number[], seed = 1) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 3, 2), shape);

const movingOf = (layer: tf.layers.Layer) =>
  layer.weights.slice(-2).map(w => w.read().dataSync().slice());

/** The output in training mode: the batch's own statistics. */
function standardized(x: tf.Tensor, axes: number[], epsilon = 1e-3): tf.Tensor {
  const {mean, variance} = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
}

const LAYOUTS: Array<[string, number[], number | number[], number[]]> = [
  ['rank 2', [16, 5], -1, [0]],
  ['rank 3', [6, 4, 5], -1, [0, 1]],
  ['channels last', [4, 3, 3, 5], -1, [0, 1, 2]],
  ['channels first', [4, 5, 3, 3], 1, [0, 2, 3]],
  ["Keras 2's axis list", [4, 3, 3, 5], [3], [0, 1, 2]],
  ['two feature axes', [9, 3, 5], [1, 2], [0]],
  ['rank 5', [2, 3, 2, 3, 4], -1, [0, 1, 2, 3]],
  ['rank 5, channels first', [2, 4, 3, 2, 3], 1, [0, 2, 3, 4]],
  ['rank 6', [2, 2, 3, 2, 2, 3], -1, [0, 1, 2, 3, 4]],
];

describe.each(LAYOUTS)('%s', (_, shape, axis, reduced) => {
  test('training uses the batch and moves the statistics; inference uses those', () => {
    const layer = tfn.layers.batchNormalization({axis, momentum: 0.9});
    const x = data(shape);
    expectClose(layer.apply(x, {training: true}) as tf.Tensor, standardized(x, reduced), TOLERANCE);

    const {mean, variance} = tf.moments(x, reduced, true);
    const features = layer.weights[0].shape as number[];
    const moved = [tf.mul(mean, 0.1), tf.add(tf.mul(variance, 0.1), 0.9)];
    movingOf(layer).forEach((moving, i) => expectClose(moving, moved[i], TOLERANCE));
    expect(features).toEqual(shape.filter((_, i) => !reduced.includes(i)));

    const y = layer.apply(x) as tf.Tensor;
    const expected = tf.div(tf.sub(x, moved[0]), tf.sqrt(tf.add(moved[1], 1e-3)));
    expectClose(y, expected, TOLERANCE);
  });

  test.each([
    [true, true],
    [false, true],
    [true, false],
    [false, false],
  ])('trains with scale %p and center %p', async (scale, center) => {
    const inputShape = shape.slice(1);
    const model = modelWith(tfn.layers.batchNormalization({axis, scale, center}), inputShape);
    // The same in every run: a training may begin with steps that make it worse.
    for (const layer of model.layers.filter(layer => layer.getClassName() === 'Dense')) {
      const [kernel, bias] = layer.getWeights();
      layer.setWeights([tf.randomNormal(kernel.shape, 0, 0.3, 'float32', 1), bias]);
    }
    const x = data([16, ...inputShape]);
    const label = tf.cast(tf.greater(tf.mean(tf.reshape(x, [16, -1]), 1, true), 3), 'float32');
    const options = {epochs: 4, batchSize: 8, shuffle: false, verbose: 0};
    const history = await model.fit(x, label, options);
    const losses = history.history['loss'] as number[];
    expect(losses[3]).toBeLessThan(losses[0]);
  });
});

describe('a frozen layer', () => {
  type Freeze = (layer: tf.layers.Layer, base: tf.LayersModel) => void;
  const freeze: Array<[string, Freeze]> = [
    ['by itself', layer => void (layer.trainable = false)],
    ['with the model that it belongs to', (_, base) => void (base.trainable = false)],
  ];

  test.each(freeze)('%s runs on its moving statistics and keeps all weights', async (_, freeze) => {
    const layer = tfn.layers.batchNormalization({momentum: 0.5});
    const features = tf.input({shape: [6]});
    const base = tf.model({
      inputs: features,
      outputs: layer.apply(tf.layers.dense({units: 6}).apply(features)) as tf.SymbolicTensor,
    });
    // Not tf.sequential: compiling it thaws the weights of all its layers.
    const input = tf.input({shape: [6]});
    const head = tf.layers.dense({units: 1});
    const output = head.apply(base.apply(input)) as tf.SymbolicTensor;
    const model = tf.model({inputs: input, outputs: output});
    const x = data([32, 6]);
    const target = tf.mean(x, 1, true);
    const train = async () => {
      model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
      await model.fit(x, target, {epochs: 2, verbose: 0});
    };
    await train();
    freeze(layer, base);

    const weights = layer.getWeights().map(w => w.dataSync().slice());
    const inference = (layer.apply(x) as tf.Tensor).dataSync();
    expect((layer.apply(x, {training: true}) as tf.Tensor).dataSync()).toEqual(inference);
    await train();
    expect(layer.getWeights().map(w => w.dataSync())).toEqual(weights);
  });

  test('learns again once it is thawed', () => {
    const layer = tfn.layers.batchNormalization({trainable: false});
    const x = data([8, 3]);
    layer.apply(x, {training: true});
    expect(movingOf(layer)).toEqual([new Float32Array(3), new Float32Array(3).fill(1)]);
    layer.trainable = true;
    layer.apply(x, {training: true});
    expect(movingOf(layer)[0]).not.toEqual(new Float32Array(3));
  });

  test('passes the gradient of inference on', () => {
    const layer = tfn.layers.batchNormalization({trainable: false, axis: 1});
    layer.build([null, 3, 4]);
    layer.setWeights([2, 1, 5, 3].map(value => tf.fill([3], value)));
    const x = data([2, 3, 4]);
    const [dx] = tf.grads((x: tf.Tensor) => layer.apply(x, {training: true}) as tf.Tensor)([x]);
    expectClose(dx, tf.fill([2, 3, 4], 2 / Math.sqrt(3 + 1e-3)), TOLERANCE);
  });
});

describe('training, given in a symbolic call,', () => {
  const build = (training?: boolean) => {
    const input = tf.input({shape: [3]});
    const layer = tfn.layers.batchNormalization();
    const output = layer.apply(input, training == null ? {} : {training}) as tf.SymbolicTensor;
    return {layer, model: tf.model({inputs: input, outputs: output})};
  };
  const x = data([8, 3]);

  test('true holds when the model predicts', () => {
    const {model} = build(true);
    expectClose(model.predict(x) as tf.Tensor, standardized(x, [0]), TOLERANCE);
  });

  test('false holds when the model trains', async () => {
    const {layer, model} = build(false);
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    await model.fit(x, tf.zeros([8, 3]), {epochs: 1, verbose: 0});
    expect(movingOf(layer)).toEqual([new Float32Array(3), new Float32Array(3).fill(1)]);
  });

  test('survives saving', async () => {
    const {model} = build(true);
    const loaded = await saveAndLoad(model);
    expectClose(loaded.predict(x) as tf.Tensor, standardized(x, [0]), TOLERANCE);
  });

  test('is left to the model where it is not given', () => {
    const {model} = build();
    expectClose(model.predict(x) as tf.Tensor, tf.div(x, Math.sqrt(1 + 1e-3)), TOLERANCE);
  });
});

// Anything else that JavaScript takes for true trains tf.layers too.
test.each([
  [1, true],
  [0, false],
  [null, false],
])('training: %p counts as %p', (training, counts) => {
  const x = data([8, 3]);
  const expected = counts ? standardized(x, [0]) : tf.div(x, Math.sqrt(1 + 1e-3));
  for (const layer of [tfn.layers.batchNormalization(), tf.layers.batchNormalization({})]) {
    expectClose(layer.apply(x, {training}) as tf.Tensor, expected, TOLERANCE);
  }
  const input = tf.input({shape: [3]});
  const layer = tfn.layers.batchNormalization();
  const outputs = layer.apply(input, {training}) as tf.SymbolicTensor;
  expectClose(tf.model({inputs: input, outputs}).predict(x) as tf.Tensor, expected, TOLERANCE);
});

test('an empty batch moves nothing', () => {
  const layer = tfn.layers.batchNormalization();
  expect((layer.apply(tf.zeros([0, 3]), {training: true}) as tf.Tensor).shape).toEqual([0, 3]);
  expect(movingOf(layer)).toEqual([new Float32Array(3), new Float32Array(3).fill(1)]);
});

test('a call that fails moves nothing', () => {
  const layer = tfn.layers.batchNormalization({epsilon: -1});
  expect(() => layer.apply(data([4, 3]), {training: true})).toThrow('epsilon must be');
  expect(movingOf(layer)).toEqual([new Float32Array(3), new Float32Array(3).fill(1)]);
});

test('refuses an input with another number of features', () => {
  const layer = tfn.layers.batchNormalization();
  layer.apply(data([4, 3]));
  expect(() => layer.apply(data([4, 2]))).toThrow('expected axis 1 of input shape to have value 3');
});

test('the moving statistics start from the given initializers', () => {
  const layer = tfn.layers.batchNormalization({
    movingMeanInitializer: tf.initializers.constant({value: 2}),
    movingVarianceInitializer: 'zeros',
  });
  layer.build([null, 2]);
  expect(movingOf(layer)).toEqual([new Float32Array([2, 2]), new Float32Array(2)]);
});
