/** The state of the layer: when it moves, how it is kept, and what a mask does to it. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';
import {modelWith, saveAndLoad} from './layer_test.js';

const data = (shape: number[], seed = 1) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 1, 2), shape);

const stateOf = (layer: tf.layers.Layer) =>
  layer.weights.slice(-3).map(w => Array.from(w.read().dataSync()));

const START = [[1, 1, 1, 1], [0, 0, 0, 0], [0]];

const labelOf = (x: tf.Tensor) =>
  tf.cast(tf.greater(tf.mean(tf.reshape(x, [x.shape[0], -1]), 1, true), 1), 'float32');

test('a training of the model moves all of the state; nothing else does', async () => {
  const layer = tfn.layers.powerNormalization();
  const model = modelWith(layer, [3, 4]);
  const x = data([16, 3, 4]);
  model.predict(x);
  model.evaluate(x, labelOf(x));
  expect(stateOf(layer)).toEqual(START);
  await model.fit(x, labelOf(x), {epochs: 2, batchSize: 8, verbose: 0});
  const [phi, nu, step] = stateOf(layer);
  expect(phi).not.toEqual(START[0]);
  expect(nu).not.toEqual(START[1]);
  expect(step).toEqual([4]);
});

test.each([
  [1, 1],
  // The mean of x².
  [0, 2.5],
])('with alphaForward %i phi is %d after a step', (alphaForward, expected) => {
  for (const guard of [true, false]) {
    const args = {alphaForward, guard, groups: 0, warmupSteps: 0};
    const layer = tfn.layers.powerNormalization(args);
    layer.apply(tf.tensor2d([[1], [2]]), {training: true});
    expect(stateOf(layer)).toEqual([[expected], [0], [1]]);
  }
});

test.each([
  ['by itself', true],
  ['with the model that it belongs to', false],
])('a frozen layer keeps its state: frozen %s', async (_, itself) => {
  const layer = tfn.layers.powerNormalization();
  const features = tf.input({shape: [4]});
  const base = tf.model({inputs: features, outputs: layer.apply(features) as tf.SymbolicTensor});
  const input = tf.input({shape: [4]});
  const output = tf.layers.dense({units: 1}).apply(base.apply(input)) as tf.SymbolicTensor;
  const model = tf.model({inputs: input, outputs: output});
  if (itself) layer.trainable = false;
  else base.trainable = false;
  const x = data([16, 4]);
  const inference = (layer.apply(x) as tf.Tensor).dataSync();
  expect((layer.apply(x, {training: true}) as tf.Tensor).dataSync()).toEqual(inference);
  model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
  await model.fit(x, tf.mean(x, 1, true), {epochs: 2, verbose: 0});
  expect(stateOf(layer)).toEqual(START);
});

test.each([
  {},
  {warmupSteps: Infinity, backwardMode: 'exact' as const, groups: 2},
  {warmupSteps: 0, backwardMode: 'paper' as const, groups: 0, guard: false},
])('a training goes on after loading as if it had not been saved: %j', async args => {
  const model = modelWith(tfn.layers.powerNormalization({warmupSteps: 3, ...args}), [3, 4]);
  const x = data([16, 3, 4]);
  const train = async (model: tf.LayersModel) => {
    // An optimizer without a memory of its own.
    model.compile({optimizer: tf.train.sgd(0.1), loss: 'binaryCrossentropy', metrics: ['acc']});
    await model.fit(x, labelOf(x), {epochs: 5, verbose: 0});
    return model.getWeights().map(w => w.dataSync());
  };
  await train(model);
  const loaded = await saveAndLoad(model);
  expect(loaded.layers[1].getConfig()).toEqual(model.layers[1].getConfig());
  expect(stateOf(loaded.layers[1])).toEqual(stateOf(model.layers[1]));
  // Not bit by bit: TensorFlow's threads add up in an order of their own.
  const [again, before] = [await train(loaded), await train(model)];
  again.forEach((values, i) => expectClose(values, before[i], 1e-5));
});

test('takes the mask of its input, and passes it on', async () => {
  const words = tf.tensor2d([
    [1, 2, 3, 0],
    [4, 5, 0, 0],
  ]);
  const build = (maskZero: boolean) => {
    const layer = tfn.layers.powerNormalization({name: 'power'});
    const model = tf.sequential();
    const embeddingsInitializer = tf.initializers.randomNormal({seed: 5});
    const embedding = {inputDim: 6, outputDim: 4, inputLength: 4, maskZero, embeddingsInitializer};
    model.add(tf.layers.embedding({...embedding, trainable: false}));
    model.add(layer);
    model.add(tf.layers.flatten());
    model.add(tf.layers.dense({units: 1, kernelInitializer: 'ones'}));
    model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
    return {layer, model};
  };
  const {layer, model} = build(true);
  const unmasked = build(false);
  const x = model.layers[0].apply(words) as tf.Tensor;
  for (const each of [model, unmasked.model]) {
    await each.fit(words, tf.ones([2, 1]), {epochs: 1, verbose: 0});
  }
  const scaled = tfn.rmsNorm(x, {epsilon: 1e-5});
  const mask = tf.expandDims(tf.cast(tf.notEqual(words, 0), 'float32'), -1);
  const squares = tf.sum(tf.mul(tf.square(scaled), mask), [0, 1]);
  const meanSquare = tf.div(squares, 5);
  // The first step averages the batch alone, and then moves as far again.
  expectClose(tf.tensor1d(stateOf(layer)[0]), meanSquare, 1e-5);
  expect(stateOf(unmasked.layer)).not.toEqual(stateOf(layer));
});

test('warmupSteps null is a warm-up without end, and absent the default', () => {
  const warmup = (args: object) => tfn.layers.powerNormalization(args).getConfig()['warmupSteps'];
  expect(warmup({})).toBe(10000);
  expect(warmup({warmupSteps: undefined})).toBe(10000);
  expect(warmup({warmupSteps: null})).toBeNull();
  expect(warmup({warmupSteps: Infinity})).toBeNull();
});
