import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {weightNormalizationCases} from '../cases/weight_normalization.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';
import {saveAndLoad} from './layer_test.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;

const data = (shape: number[], seed = 1) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed, 1, 2), shape);

type Inner = [name: string, make: (args: object) => tf.layers.Layer, shape: number[], axis: number];
const INNER: Inner[] = [
  ['dense', args => tf.layers.dense({units: 3, ...args}), [64, 5], -1],
  ['dense of sequences', args => tf.layers.dense({units: 3, ...args}), [16, 4, 5], -1],
  ['conv1d', args => tf.layers.conv1d({filters: 3, kernelSize: 2, ...args}), [8, 9, 2], -1],
  ['conv2d', args => tf.layers.conv2d({filters: 3, kernelSize: 2, ...args}), [8, 5, 5, 2], -1],
  [
    'conv2dTranspose',
    args => tf.layers.conv2dTranspose({filters: 3, kernelSize: 2, ...args}),
    [8, 4, 4, 2],
    -2,
  ],
];

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // On wasm the engine's own check finds a leak in tfjs's layers, where there is none.
    tf.env().set('IS_TEST', backend !== 'wasm');
  });

  test.each(weightNormalizationCases)('$name', ({run}) => run());

  test.each(INNER)(
    '%s: the first batch leaves with mean 0 and variance 1',
    (_, make, shape, axis) => {
      const x = data(shape);
      const make_ = (args: object) =>
        tfn.layers.weightNormalization({layer: make({activation: 'relu', ...args}), axis});
      const layer = make_({activation: 'linear'});
      const before = tf.memory().numTensors;
      layer.build([null, ...shape.slice(1)]);
      const weights = layer.weights.length;
      const y = layer.apply(x) as tf.Tensor;
      expect(tf.memory().numTensors).toBe(before + weights + 1);
      const {mean, variance} = tf.moments(y, [...Array(y.rank - 1).keys()]);
      expectClose(mean, [0, 0, 0], GRADIENT, 1);
      expectClose(variance, [1, 1, 1], GRADIENT);
      expect(layer.getWeights().at(-1)!.dataSync()[0]).toBe(1);
      // It is before the activation that they are so.
      const active = make_({useBias: false});
      active.apply(x);
      const scaled = tfn.layers.weightNormalization({layer: make({useBias: false}), axis});
      scaled.apply(x);
      scaled.setWeights(active.getWeights());
      const {variance: unit} = tf.moments(scaled.apply(x) as tf.Tensor, [
        ...Array(y.rank - 1).keys(),
      ]);
      expectClose(unit, [1, 1, 1], GRADIENT);
    },
  );

  test('the second batch, and one after loading, initialize nothing', async () => {
    const layer = tfn.layers.weightNormalization({
      layer: tf.layers.dense({units: 3}),
      inputShape: [5],
    });
    const model = tf.sequential({layers: [layer]});
    model.predict(data([32, 5]));
    const before = layer.getWeights().map(w => w.dataSync());
    model.predict(data([32, 5], 2));
    expect(layer.getWeights().map(w => w.dataSync())).toEqual(before);
    const loaded = await saveAndLoad(model);
    loaded.predict(data([32, 5], 3));
    expect(loaded.getWeights().map(w => w.dataSync())).toEqual(
      model.getWeights().map(w => w.dataSync()),
    );
    // Set back, it starts again.
    layer.setWeights([...layer.getWeights().slice(0, -1), tf.scalar(false)]);
    model.predict(data([32, 5], 3));
    expect(layer.getWeights()[0].dataSync()).not.toEqual(before[0]);
  });

  test.each([-1, 0])('has the gradients of PyTorch for dim %p', axis => {
    const layer = tfn.layers.weightNormalization({
      layer: tf.layers.dense({units: 3, useBias: false}),
      dataInit: false,
      axis,
    });
    layer.build([null, 4]);
    const [v, x, dy] = [data([4, 3]), data([5, 4], 2), data([5, 3], 3)] as tf.Tensor2D[];
    const g = data([axis === 0 ? 4 : 3], 4);
    layer.setWeights([g, v, tf.scalar(true, 'bool')]);
    const names = layer.trainableWeights.map(w => w.read() as tf.Variable);
    const {grads} = tf.variableGrads(() => tf.sum(tf.mul(layer.apply(x) as tf.Tensor, dy)), names);
    // dg = dw . v / ||v||,  dv = g / ||v|| (dw - dg v / ||v||)
    const over = axis === 0 ? 1 : 0;
    const dw = tf.matMul(x, dy, true);
    const norm = tf.sqrt(tf.sum(tf.square(v), over, true));
    const direction = tf.div(v, norm);
    const dg = tf.sum(tf.mul(dw, direction), over, true);
    const scale = tf.div(tf.reshape(g, norm.shape), norm);
    expectClose(grads[names[0].name], dg, GRADIENT);
    expectClose(grads[names[1].name], tf.mul(scale, tf.sub(dw, tf.mul(dg, direction))), GRADIENT);
  });

  test('remove leaves the layer with what it computed', () => {
    const inner = tf.layers.dense({units: 3, activation: 'tanh'});
    const layer = tfn.layers.weightNormalization({layer: inner});
    const x = data([6, 5]);
    const y = layer.apply(x) as tf.Tensor;
    expect(layer.remove()).toBe(inner);
    expectClose(inner.apply(x) as tf.Tensor, y, VALUE);
  });
});

test('normalizes the recurrent kernel of recurrent layers', () => {
  const make = [tf.layers.simpleRNN, tf.layers.gru, tf.layers.lstm] as const;
  for (const rnn of make) {
    const inner = rnn({units: 2, recurrentInitializer: 'glorotNormal'});
    const layer = tfn.layers.weightNormalization({layer: inner, dataInit: false});
    const x = data([3, 4, 2]);
    // g starts as the norm, so that the first call is that of the layer.
    const y = layer.apply(x) as tf.Tensor;
    expectClose(y, inner.apply(x) as tf.Tensor, VALUE);
    expect(layer.weights[1].originalName).toContain('recurrent_kernel');
    expect(layer.weights.map(w => w.shape).slice(0, 1)).toEqual([[layer.weights[1].shape[1]]]);
  }
});

test.each([
  ['LSTM', () => tf.layers.lstm({units: 2}), [3, 4, 2], -1],
  ['Dense', () => tf.layers.dense({units: 2}), [3, 4], 0],
  [
    'Conv2DTranspose',
    () => tf.layers.conv2dTranspose({filters: 2, kernelSize: 1}),
    [1, 2, 2, 2],
    -1,
  ],
])('cannot initialize a %s by data where g is not of its outputs', (name, make, shape, axis) => {
  const layer = tfn.layers.weightNormalization({layer: make(), axis, name: 'norm'});
  expect(() => layer.apply(data(shape))).toThrow(
    'norm: dataInit must be false, or axis that of the outputs of a dense layer or a convolution, ' +
      `but axis is ${axis} of the ${name}'s kernel.`,
  );
  // A trained one, loaded from a file, is no longer to be initialized.
  layer.setWeights([...layer.getWeights().slice(0, -1), tf.scalar(true, 'bool')]);
  expect((layer.apply(data(shape)) as tf.Tensor).dataSync().every(Number.isFinite)).toBe(true);
});
