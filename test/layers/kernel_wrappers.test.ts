/** The ways of both wrappers with their layers; golden.test.ts compares their steps with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {compile, namesOf, normal, train, valuesOf} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

type Inner = tf.layers.Layer;
type Make = (
  layer: Inner,
  args?: object,
) => tfn.SpectralNormalization | tfn.WeightNormalization | tfn.WeightStandardization;

const WRAPPERS: Record<string, Make> = {
  SpectralNormalization: (layer, args) => tfn.layers.spectralNormalization({layer, ...args}),
  'SpectralNormalization, reparametrized': (layer, args) =>
    tfn.layers.spectralNormalization({layer, reparametrize: true, ...args}),
  WeightNormalization: (layer, args) => tfn.layers.weightNormalization({layer, ...args}),
  'WeightNormalization without data': (layer, args) =>
    tfn.layers.weightNormalization({layer, dataInit: false, ...args}),
  'WeightStandardization, scaled': (layer, args) =>
    tfn.layers.weightStandardization({layer, scaled: true, ...args}),
};

/** The wrapper's own weights. */
const OWN: Record<string, {own: string[]; state: string[]}> = {
  SpectralNormalization: {own: [], state: ['vector_u']},
  WeightNormalization: {own: ['g'], state: ['initialized']},
  WeightStandardization: {own: ['gain'], state: []},
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
    const {own, state} = OWN[layer.getClassName()];
    expect(namesOf(layer.trainableWeights)).toEqual([...own, 'kernel', 'bias']);
    expect(namesOf(layer.nonTrainableWeights)).toEqual(state);
    const given = layer.weights.map((weight, i) =>
      tf.cast(normal(weight.shape as number[], i), weight.read().dtype),
    );
    layer.setWeights(given);
    expect(valuesOf(layer)).toEqual(given.map(weight => Array.from(weight.dataSync())));

    const ofFrozen = built(dense({trainable: false})).trainableWeights;
    expect(namesOf(ofFrozen).filter(name => !/^g(ain)?$/.test(name))).toEqual([]);
    expect(built(dense(), {trainable: false}).trainableWeights).toEqual([]);
  });

  test.each(['itself', 'its model'])(
    'freezes and thaws with %s, and its layer too',
    async which => {
      const layer = make(dense());
      const input = tf.input({shape: [5]});
      const base = tf.model({inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor});
      const outputs = tf.layers.dense({units: 1}).apply(base.apply(input)) as tf.SymbolicTensor;
      const model = tf.model({inputs: input, outputs});
      base.predict(x);
      (which === 'itself' ? layer : base).trainable = false;
      expect(layer.layer.trainable).toBe(which !== 'itself');
      const bias = () => valuesOf(layer.layer).at(-1);
      const before = bias();
      compile(model);
      await train(model, x, 1);
      expect(layer.trainableWeights).toEqual([]);
      expect(bias()).toEqual(before);
      layer.trainable = true;
      expect(layer.layer.trainable).toBe(true);
      expect(namesOf(layer.trainableWeights)).toContain('bias');
    },
  );

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

  test('a call that fails leaves the weights, and gives the layer its own kernel back', () => {
    const layer = make(dense());
    layer.apply(x);
    const before = valuesOf(layer);
    const fails = () => tf.tidy(() => layer.call(normal([2, 7]), {training: true}));
    expectNoLeak(() => expect(fails).toThrow());
    expect(valuesOf(layer)).toEqual(before);
    expect((layer.layer.apply(x) as tf.Tensor).dataSync().every(Number.isFinite)).toBe(true);
  });
});
