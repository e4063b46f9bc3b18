/** The state of the layer: when it moves, how it is kept, and what a mask does to it. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {compile, labelsOf, modelWith, normal, saveAndLoad, train, valuesOf} from '../models.js';

const stateOf = (layer: tf.layers.Layer) => valuesOf(layer).slice(-3);
const START = [[1, 1, 1, 1], [0, 0, 0, 0], [0]];

test('a training of the model moves all of the state; nothing else does', async () => {
  const layer = tfn.layers.powerNormalization();
  const model = modelWith(layer, [3, 4]);
  const x = normal([16, 3, 4]);
  model.predict(x);
  model.evaluate(x, labelsOf(x));
  expect(stateOf(layer)).toEqual(START);
  await train(model, x, 2);
  const [phi, nu, step] = stateOf(layer);
  expect(phi).not.toEqual(START[0]);
  expect(nu).not.toEqual(START[1]);
  expect(step).toEqual([2]);
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
  const input = tf.input({shape: [4]});
  const base = tf.model({inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor});
  const outputs = tf.layers.dense({units: 1}).apply(base.apply(input)) as tf.SymbolicTensor;
  const model = tf.model({inputs: input, outputs});
  (itself ? layer : base).trainable = false;
  const x = normal([16, 4]);
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
  const x = normal([16, 3, 4]);
  await train(model, x, 5);
  const loaded = await saveAndLoad(model);
  expect(loaded.layers[1].getConfig()).toEqual(model.layers[1].getConfig());
  expect(stateOf(loaded.layers[1])).toEqual(stateOf(model.layers[1]));
  compile(loaded);
  for (const each of [loaded, model]) await train(each, x, 5);
  // Not bit by bit: TensorFlow's threads add up in an order of their own.
  const before = valuesOf(model);
  valuesOf(loaded).forEach((values, i) => expectClose(values, before[i], 1e-5));
});

test('counts in its state what the mask of its input leaves', async () => {
  const words = tf.tensor2d([
    [1, 2, 3, 0],
    [4, 5, 0, 0],
  ]);
  const layer = tfn.layers.powerNormalization();
  const embeddingsInitializer = tf.initializers.randomNormal({seed: 5});
  const embedding = {inputDim: 6, outputDim: 4, inputLength: 4, embeddingsInitializer};
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({...embedding, maskZero: true, trainable: false}),
      layer,
      tf.layers.flatten(),
      tf.layers.dense({units: 1, kernelInitializer: 'ones'}),
    ],
  });
  model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
  await model.fit(words, tf.ones([2, 1]), {epochs: 1, verbose: 0});
  const x = model.layers[0].apply(words) as tf.Tensor;
  const squares = tf.square(tfn.rmsNorm(x, {epsilon: 1e-5}));
  const mask = tf.expandDims(tf.cast(tf.notEqual(words, 0), 'float32'), -1);
  // The first step averages the batch alone, and then moves as far again.
  expectClose(stateOf(layer)[0], tf.div(tf.sum(tf.mul(squares, mask), [0, 1]), 5), 1e-5);
});

test('warmupSteps null is a warm-up without end, and absent the default', () => {
  const warmup = (args: object) => tfn.layers.powerNormalization(args).getConfig()['warmupSteps'];
  const values = [{}, {warmupSteps: undefined}, {warmupSteps: null}, {warmupSteps: Infinity}];
  expect(values.map(warmup)).toEqual([10000, 10000, null, null]);
});
