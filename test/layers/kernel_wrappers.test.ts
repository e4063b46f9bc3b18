/** What both wrappers do as layers; layer_golden.test.ts compares their steps with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {random} from '../random.js';
import {saveAndLoad} from './layer_test.js';

type Inner = tf.layers.Layer;
type Make = (layer: Inner, args?: object) => tfn.SpectralNormalization | tfn.WeightNormalization;

const WRAPPERS: Record<string, Make> = {
  SpectralNormalization: (layer, args) => tfn.layers.spectralNormalization({layer, ...args}),
  'SpectralNormalization, reparametrized': (layer, args) =>
    tfn.layers.spectralNormalization({layer, reparametrize: true, ...args}),
  WeightNormalization: (layer, args) => tfn.layers.weightNormalization({layer, ...args}),
  'WeightNormalization without data': (layer, args) =>
    tfn.layers.weightNormalization({layer, dataInit: false, ...args}),
};

const data = (shape: number[], seed = 1) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 1, 2), shape);
const dense = (args?: object) => tf.layers.dense({units: 3, activation: 'tanh', ...args});
const values = (layer: {getWeights(): tf.Tensor[]}) =>
  layer.getWeights().map(w => Array.from(w.dataSync()));
const namesOf = (weights: tf.layers.Layer['weights']) =>
  weights.map(({originalName}) => originalName.split('/').pop());

function modelOf(layer: tf.layers.Layer): tf.LayersModel {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({units: 5, inputShape: [5]}),
      layer,
      tf.layers.dense({units: 1, activation: 'sigmoid'}),
    ],
  });
  model.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
  return model;
}

describe.each(Object.entries(WRAPPERS))('%s', (_, make) => {
  const x = data([32, 5]);
  const label = tf.cast(tf.greater(tf.sum(x, 1, true), 5), 'float32');

  test('has the weights of both, of which it trains what can be trained', () => {
    const layer = make(dense());
    layer.build([null, 5]);
    const trained = namesOf(layer.trainableWeights);
    expect(trained.filter(name => name !== 'g')).toEqual(['kernel', 'bias']);
    expect(namesOf(layer.nonTrainableWeights)).toHaveLength(1);
    // Keras 3's order of the first, Keras 2's, in which Addons is written, of the second.
    const isSpectral = layer instanceof tfn.SpectralNormalization;
    expect(namesOf(layer.weights)).toEqual(
      isSpectral ? ['kernel', 'vector_u', 'bias'] : ['g', 'kernel', 'bias', 'initialized'],
    );
    expect(layer.weights).toHaveLength(trained.length + 1);
    const given = layer.weights.map((weight, i) =>
      tf.cast(data(weight.shape as number[], i), weight.read().dtype),
    );
    layer.setWeights(given);
    expect(values(layer)).toEqual(given.map(weight => Array.from(weight.dataSync())));
  });

  test('takes the config of any layer and gives it back as Keras writes it', () => {
    const args = {name: 'inner', kernelRegularizer: 'l1l2', kernelInitializer: 'ones'};
    const layer = make(dense(args), {name: 'outer'});
    const config = layer.getConfig();
    expect(config).toMatchObject({
      name: 'outer',
      trainable: true,
      layer: {className: 'Dense', config: {name: 'inner', units: 3, activation: 'tanh'}},
    });
    const [cls, fromConfig] =
      tf.serialization.SerializationMap.getMap().classNameMap[layer.getClassName()];
    // tfjs writes to the configs that it reads.
    const copy = fromConfig(cls, structuredClone(config)) as typeof layer;
    expect(copy).toBeInstanceOf(layer.constructor);
    expect(copy.getConfig()).toEqual(config);
  });

  test('trains, saves, loads and goes on as if it had not been saved', async () => {
    const model = modelOf(make(dense()));
    const train = async (model: tf.LayersModel) => {
      const {history} = await model.fit(x, label, {epochs: 5, shuffle: false, verbose: 0});
      return history['loss'] as number[];
    };
    const losses = await train(model);
    expect(losses[4]).toBeLessThan(losses[0]);
    const loaded = await saveAndLoad(model);
    expect(loaded.layers[1].getConfig()).toEqual(model.layers[1].getConfig());
    const predicted = (model: tf.LayersModel) => (model.predict(x) as tf.Tensor).dataSync();
    expect(predicted(loaded)).toEqual(predicted(model));
    loaded.compile({optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError'});
    const [again, before] = [await train(loaded), await train(model)];
    again.forEach((loss, i) => expect(loss).toBeCloseTo(before[i], 5));
  });

  test('is changed by no inference, once it is initialized', () => {
    const layer = make(dense());
    layer.apply(x);
    const before = values(layer);
    const first = (layer.apply(x) as tf.Tensor).dataSync();
    expect((layer.apply(x) as tf.Tensor).dataSync()).toEqual(first);
    expect(values(layer)).toEqual(before);
  });

  test.each([
    ['by itself', (layer: Inner) => void (layer.trainable = false)],
    ['with its model', (_: Inner, model: tf.LayersModel) => void (model.trainable = false)],
  ])('freezes and thaws %s, and its layer with it', async (_, freeze) => {
    const layer = make(dense());
    const input = tf.input({shape: [5]});
    const base = tf.model({inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor});
    const outputs = tf.layers.dense({units: 1}).apply(base.apply(input)) as tf.SymbolicTensor;
    const model = tf.model({inputs: input, outputs});
    base.predict(x);
    freeze(layer, base);
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    const bias = () => values(layer.layer).at(-1);
    const before = bias();
    await model.fit(x, label, {verbose: 0});
    expect(layer.trainableWeights).toEqual([]);
    expect(bias()).toEqual(before);
    layer.trainable = true;
    expect(layer.layer.trainable).toBe(true);
    expect(namesOf(layer.trainableWeights)).toContain('bias');
  });

  test('of a frozen layer trains none of its weights', () => {
    const layer = make(dense({trainable: false}));
    layer.build([null, 5]);
    expect(namesOf(layer.trainableWeights).filter(name => name !== 'g')).toEqual([]);
    const frozen = make(dense(), {trainable: false});
    frozen.build([null, 5]);
    expect(frozen.trainableWeights).toEqual([]);
    expect(frozen.weights.length).toBeGreaterThan(2);
  });

  test("has its layer's losses, mask and shapes", () => {
    const regularizer = tf.regularizers.l2({l2: 0.5});
    const layer = make(dense({kernelRegularizer: regularizer, kernelInitializer: 'ones'}));
    layer.build([null, 5]);
    expect(layer.calculateLosses().map(loss => loss.dataSync()[0])).toEqual([7.5]);
    expect(layer.computeOutputShape([null, 5])).toEqual([null, 3]);
    const mask = tf.ones([2, 4], 'bool');
    expect(make(tf.layers.conv1d({filters: 2, kernelSize: 1})).supportsMasking).toBe(false);
    expect(layer.supportsMasking).toBe(true);
    expect(layer.computeMask(data([2, 4, 5]), mask)).toBe(mask);
  });

  test("starts a model by its layer's input shape, with its layer's weights", () => {
    const weights = [data([5, 3]), data([3], 2)];
    const layer = make(tf.layers.dense({units: 3, inputShape: [5], weights}));
    tf.sequential({layers: [layer]});
    expect(layer.batchInputShape).toEqual([null, 5]);
    expect(values(layer.layer)).toEqual(weights.map(w => Array.from(w.dataSync())));
  });

  test('leaves nothing behind, in gradients of second order neither', () => {
    // Not tanh, which has no second derivative (tensorflow/tfjs#3252).
    const layer = make(dense({activation: 'linear'}));
    layer.apply(x, {training: true});
    const cube = (x: tf.Tensor) => tf.pow(layer.apply(x, {training: true}) as tf.Tensor, 3);
    const penalty = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(cube)(x)));
    const before = tf.memory();
    tf.dispose(layer.apply(x) as tf.Tensor);
    tf.dispose(tf.grad(penalty)(x));
    const {numTensors, numDataBuffers} = tf.memory();
    expect({numTensors, numDataBuffers}).toEqual({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  });

  test('is disposed of with its layer', () => {
    const before = tf.memory().numTensors;
    const layer = make(dense());
    tf.dispose(layer.apply(x) as tf.Tensor);
    layer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses a layer of two kernels', () => {
    const layer = make(tf.layers.separableConv2d({filters: 1, kernelSize: 1}), {name: 'norm'});
    expect(() => layer.apply(data([1, 2, 2, 1]))).toThrow('norm: layer must have one of kernel');
  });

  test('gives its layer its own kernel back when a call fails', () => {
    const layer = make(dense());
    layer.apply(x);
    expect(() => layer.layer.call([data([2, 7])], {})).toThrow();
    expect(() => layer.call(data([2, 7]), {training: true})).toThrow();
    expect((layer.apply(x) as tf.Tensor).dataSync().every(Number.isFinite)).toBe(true);
  });
});

test('a wrapper without arguments says what it needs', () => {
  const {spectralNormalization, weightNormalization} = tfn.layers;
  const makers = [spectralNormalization, weightNormalization] as Array<() => unknown>;
  for (const make of makers) expect(make).toThrow('layer must be a layer, but is null.');
});
