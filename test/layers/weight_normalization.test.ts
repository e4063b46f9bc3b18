/** Where its first g comes from, and when; golden.test.ts compares its steps with Addons. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {weightNormalizationCases} from '../cases/weight_normalization.js';
import {expectClose} from '../close.js';
import {normal, valuesOf} from '../models.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;

const {conv1d, conv2d, conv2dTranspose, dense, gru, lstm, simpleRNN} = tf.layers;
type Inner = [name: string, make: (args: object) => tf.layers.Layer, shape: number[], axis: number];
const INNER: Inner[] = [
  ['dense', args => dense({units: 3, ...args}), [64, 5], -1],
  ['dense of sequences', args => dense({units: 3, ...args}), [16, 4, 5], -1],
  ['conv1d', args => conv1d({filters: 3, kernelSize: 2, ...args}), [8, 9, 2], -1],
  ['conv2d', args => conv2d({filters: 3, kernelSize: 2, ...args}), [8, 5, 5, 2], -1],
  [
    'conv2dTranspose',
    args => conv2dTranspose({filters: 3, kernelSize: 2, ...args}),
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
    '%s: the first batch leaves with mean 0 and variance 1, before the activation',
    (_, make, shape, axis) => {
      const x = normal(shape);
      const wrap = (args: object) => tfn.layers.weightNormalization({layer: make(args), axis});
      const momentsOf = (layer: tf.layers.Layer) => {
        const y = layer.apply(x) as tf.Tensor;
        return tf.moments(y, [...Array(y.rank - 1).keys()]);
      };
      const linear = wrap({});
      const before = tf.memory().numTensors;
      linear.build([null, ...shape.slice(1)]);
      tf.dispose(linear.apply(x) as tf.Tensor);
      expect(tf.memory().numTensors).toBe(before + linear.weights.length);
      const {mean, variance} = momentsOf(linear);
      expectClose(mean, [0, 0, 0], GRADIENT, 1);
      expectClose(variance, [1, 1, 1], GRADIENT);
      expect(valuesOf(linear).at(-1)).toEqual([1]);

      const active = wrap({useBias: false, activation: 'relu'});
      active.apply(x);
      const scaled = wrap({useBias: false});
      scaled.apply(x);
      scaled.setWeights(active.getWeights());
      expectClose(momentsOf(scaled).variance, [1, 1, 1], GRADIENT);
    },
  );

  // The kernel's last axis, as Addons has it, is in golden.test.ts.
  test("has the gradients of PyTorch for dim 0's axis", () => {
    const inner = dense({units: 3, useBias: false});
    const layer = tfn.layers.weightNormalization({layer: inner, dataInit: false, axis: 0});
    layer.build([null, 4]);
    const [v, x, dy] = [normal([4, 3]), normal([5, 4], 2), normal([5, 3], 3)] as tf.Tensor2D[];
    const g = normal([4], 4);
    layer.setWeights([g, v, tf.scalar(true, 'bool')]);
    const variables = layer.trainableWeights.map(w => w.read());
    const found = tf.engine().gradients(() => layer.apply(x) as tf.Tensor, variables, dy).grads;
    const weight = (g: tf.Tensor, v: tf.Tensor) =>
      tf.mul(v, tf.div(tf.expandDims(g, 1), tf.norm(v, 2, 1, true))) as tf.Tensor2D;
    const expected = tf.grads((g: tf.Tensor, v: tf.Tensor) => tf.matMul(x, weight(g, v)));
    expected([g, v], dy).forEach((gradient, i) => expectClose(found[i], gradient, GRADIENT));
  });

  test('remove leaves the layer with what it computed', () => {
    const inner = dense({units: 3, activation: 'tanh'});
    const layer = tfn.layers.weightNormalization({layer: inner});
    const x = normal([6, 5]);
    const y = layer.apply(x) as tf.Tensor;
    expect(layer.remove()).toBe(inner);
    expectClose(inner.apply(x) as tf.Tensor, y, VALUE);
  });
});

test('normalizes the recurrent kernel of recurrent layers', () => {
  for (const rnn of [simpleRNN, gru, lstm]) {
    const inner = rnn({units: 2, recurrentInitializer: 'glorotNormal'});
    const layer = tfn.layers.weightNormalization({layer: inner, dataInit: false});
    const x = normal([3, 4, 2]);
    // g starts as the norm, so that the first call is that of the layer.
    expectClose(layer.apply(x) as tf.Tensor, inner.apply(x) as tf.Tensor, VALUE);
    const [g, kernel] = layer.weights;
    expect(kernel.originalName).toContain('recurrent_kernel');
    expect(g.shape).toEqual([kernel.shape[1]]);
  }
});

test.each([
  ['LSTM', () => lstm({units: 2}), [3, 4, 2], -1],
  ['Dense', () => dense({units: 2}), [3, 4], 0],
  ['Conv2DTranspose', () => conv2dTranspose({filters: 2, kernelSize: 1}), [1, 2, 2, 2], -1],
])('cannot initialize a %s by data where g is not of its outputs', (name, make, shape, axis) => {
  const layer = tfn.layers.weightNormalization({layer: make(), axis, name: 'norm'});
  expect(() => layer.apply(normal(shape))).toThrow(
    'norm: dataInit must be false, or axis that of the outputs of a dense layer or a convolution, ' +
      `but axis is ${axis} of the ${name}'s kernel.`,
  );
  // A trained one, loaded from a file, is no longer to be initialized.
  layer.setWeights([...layer.getWeights().slice(0, -1), tf.scalar(true, 'bool')]);
  expect((layer.apply(normal(shape)) as tf.Tensor).dataSync().every(Number.isFinite)).toBe(true);
});
