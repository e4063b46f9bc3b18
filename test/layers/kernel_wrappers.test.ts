/** What both wrappers do as layers; layer_golden.test.ts compares their steps with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {compile, modelWith, namesOf, normal, saveAndLoad, train, valuesOf} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

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

const dense = (args?: object) => tf.layers.dense({units: 5, activation: 'tanh', ...args});

describe.each(Object.entries(WRAPPERS))('%s', (_, make) => {
  const x = normal([32, 5]);
  const built = (...args: Parameters<Make>) => {
    const layer = make(...args);
    layer.build([null, 5]);
    return layer;
  };

  test('has the weights of both, of which it trains what can be trained', () => {
    const layer = built(dense());
    const isSpectral = layer instanceof tfn.SpectralNormalization;
    // Keras 3's order of the first, Keras 2's, in which Addons is written, of the second.
    const names = isSpectral
      ? ['kernel', 'vector_u', 'bias']
      : ['g', 'kernel', 'bias', 'initialized'];
    expect(namesOf(layer.weights)).toEqual(names);
    const state = ['vector_u', 'initialized'];
    expect(namesOf(layer.trainableWeights)).toEqual(names.filter(name => !state.includes(name)));
    expect(namesOf(layer.nonTrainableWeights)).toEqual([names[isSpectral ? 1 : 3]]);
    const given = layer.weights.map((weight, i) =>
      tf.cast(normal(weight.shape as number[], i), weight.read().dtype),
    );
    layer.setWeights(given);
    expect(valuesOf(layer)).toEqual(given.map(weight => Array.from(weight.dataSync())));

    const ofFrozen = built(dense({trainable: false})).trainableWeights;
    expect(namesOf(ofFrozen).filter(name => name !== 'g')).toEqual([]);
    expect(built(dense(), {trainable: false}).trainableWeights).toEqual([]);
  });

  test('takes the config of any layer and gives it back as Keras writes it', () => {
    const args = {name: 'inner', kernelRegularizer: 'l1l2', kernelInitializer: 'ones'};
    const layer = make(dense(args), {name: 'outer'});
    const config = layer.getConfig();
    expect(config).toMatchObject({
      name: 'outer',
      trainable: true,
      layer: {className: 'Dense', config: {name: 'inner', units: 5, activation: 'tanh'}},
    });
    const map = tf.serialization.SerializationMap.getMap().classNameMap;
    const [cls, fromConfig] = map[layer.getClassName()];
    // tfjs writes to the configs that it reads.
    const copy = fromConfig(cls, structuredClone(config)) as typeof layer;
    expect(copy).toBeInstanceOf(layer.constructor);
    expect(copy.getConfig()).toEqual(config);
  });

  test('trains, saves, loads and goes on as if it had not been saved', async () => {
    const model = modelWith(make(dense()), [5]);
    const losses = await train(model, x, 5);
    expect(losses[4]).toBeLessThan(losses[0]);
    const loaded = await saveAndLoad(model);
    expect(loaded.layers[1].getConfig()).toEqual(model.layers[1].getConfig());
    const [again, y] = [loaded, model].map(each => each.predict(x) as tf.Tensor);
    expect(again.dataSync()).toEqual(y.dataSync());
    compile(loaded);
    expectClose(await train(loaded, x, 5), await train(model, x, 5), 1e-5);
  });

  test('is changed by no inference, once it is initialized', () => {
    const layer = make(dense());
    layer.apply(x);
    const before = valuesOf(layer);
    const first = (layer.apply(x) as tf.Tensor).dataSync();
    expect((layer.apply(x) as tf.Tensor).dataSync()).toEqual(first);
    expect(valuesOf(layer)).toEqual(before);
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
    const bias = () => valuesOf(layer.layer).at(-1);
    const before = bias();
    await model.fit(x, tf.zeros([32, 1]), {verbose: 0});
    expect(layer.trainableWeights).toEqual([]);
    expect(bias()).toEqual(before);
    layer.trainable = true;
    expect(layer.layer.trainable).toBe(true);
    expect(namesOf(layer.trainableWeights)).toContain('bias');
  });

  test("has its layer's losses, mask and shapes", () => {
    const kernelRegularizer = tf.regularizers.l2({l2: 0.5});
    const layer = built(dense({units: 3, kernelRegularizer, kernelInitializer: 'ones'}));
    expect(layer.calculateLosses().map(loss => loss.dataSync()[0])).toEqual([7.5]);
    expect(layer.computeOutputShape([null, 5])).toEqual([null, 3]);
    const mask = tf.ones([2, 4], 'bool');
    expect(make(tf.layers.conv1d({filters: 2, kernelSize: 1})).supportsMasking).toBe(false);
    expect(layer.supportsMasking).toBe(true);
    expect(layer.computeMask(normal([2, 4, 5]), mask)).toBe(mask);
  });

  test("starts a model by its layer's input shape, with its layer's weights", () => {
    const weights = [normal([5, 5]), normal([5], 2)];
    const layer = make(dense({inputShape: [5], weights}));
    tf.sequential({layers: [layer]});
    expect(layer.batchInputShape).toEqual([null, 5]);
    expect(valuesOf(layer.layer)).toEqual(weights.map(w => Array.from(w.dataSync())));
  });

  test('leaves nothing behind, in gradients of second order neither, nor once it is disposed of', () => {
    expectNoLeak(() => {
      // Not tanh, which has no second derivative (tensorflow/tfjs#3252).
      const layer = make(dense({activation: 'linear'}));
      tf.dispose(layer.apply(x, {training: true}) as tf.Tensor);
      const cube = (x: tf.Tensor) => tf.pow(layer.apply(x, {training: true}) as tf.Tensor, 3);
      const penalty = (x: tf.Tensor) => tf.sum(tf.square(tf.grad(cube)(x)));
      expectNoLeak(() => tf.dispose([layer.apply(x) as tf.Tensor, tf.grad(penalty)(x)]));
      layer.dispose();
    });
  });

  test('gives its layer its own kernel back when a call fails', () => {
    const layer = make(dense());
    layer.apply(x);
    expect(() => layer.layer.call([normal([2, 7])], {})).toThrow();
    expect(() => layer.call(normal([2, 7]), {training: true})).toThrow();
    expect((layer.apply(x) as tf.Tensor).dataSync().every(Number.isFinite)).toBe(true);
  });
});

test('a wrapper without arguments says what it needs', () => {
  const {spectralNormalization, weightNormalization} = tfn.layers;
  const makers = [spectralNormalization, weightNormalization] as Array<() => unknown>;
  for (const make of makers) expect(make).toThrow('layer must be a layer, but is null.');
});
