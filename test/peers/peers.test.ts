/** The expectations of other projects' own tests, held to here. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {
  INFERENCE,
  INFERENCE_GRADIENTS,
  LAYERS,
  TRAINING,
  TRAINING_BY_LAYER,
} from './expectations.js';
import {HISTORIES, SOURCE} from './histories.js';

/** As those tests compare, absolutely; what is beyond 1 they mean by its leading digits. */
function expectNear(actual: tf.Tensor, expected: tf.TensorLike, tolerance: number): void {
  const wanted = tf.tensor(expected as number[]);
  expect(actual.shape).toEqual(wanted.shape);
  const scale = Math.max(1, tf.max(tf.abs(wanted)).dataSync()[0]);
  expect(tf.max(tf.abs(tf.sub(actual, wanted))).dataSync()[0]).toBeLessThanOrEqual(
    tolerance * scale,
  );
}

// What their expectations are rounded to: eight digits, four decimals in the gradients.
const DIGITS = 1e-6;
const DECIMALS = 1e-3;

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(LAYERS)('$source: $test', ({layer, args, x, y, tolerance}) => {
    const made = tfn.layers[layer](args) as tf.layers.Layer;
    expectNear(made.apply(tf.tensor(x as number[])) as tf.Tensor, y, tolerance);
  });

  test.each(TRAINING)('$source: $test', ({x, axis, y, mean, variance}) => {
    const found = tfn.batchNorm(x, {axis});
    expectNear(found.y, y, DIGITS);
    expectNear(found.mean, mean, DIGITS);
    expectNear(found.variance, variance, DIGITS);
  });

  test.each(TRAINING_BY_LAYER)('$source: $test', ({x, y, mean, variance}) => {
    const layer = tfn.layers.batchNormalization({axis: [1, 2], momentum: 0});
    expectNear(layer.apply(tf.tensor(x), {training: true}) as tf.Tensor, y, DIGITS);
    const [, , movingMean, movingVariance] = layer.getWeights();
    expectNear(movingMean, mean, DIGITS);
    expectNear(movingVariance, variance, DIGITS);
  });

  test.each(INFERENCE)('$source: $test', ({x, mean, variance, gamma, beta, y}) => {
    const config = {gamma, beta, epsilon: 0};
    expectNear(tfn.batchNormInference(tf.tensor(x), mean, variance, config), y, DIGITS);
  });

  test.each(INFERENCE_GRADIENTS)('$source: $test', ({gradients, epsilon, ...inputs}) => {
    const names = ['x', 'mean', 'variance', 'gamma', 'beta'] as const;
    const f = (...[x, mean, variance, gamma, beta]: tf.Tensor[]) =>
      tfn.batchNormInference(x, mean, variance, {gamma, beta, epsilon});
    const tensors = names.map(name => tf.tensor(inputs[name] as number[]));
    const found = tf.grads(f)(tensors, tf.mul(tf.onesLike(tensors[0]), -1));
    names.forEach((name, i) => {
      expectNear(found[i], gradients[name], DECIMALS);
    });
  });

  describe('in training', () => {
    // Under its check for leaks tfjs's own wasm backend fails at fusedMatMul and fusedConv2d.
    beforeAll(() => tf.env().set('IS_TEST', false));
    afterAll(() => tf.env().set('IS_TEST', true));

    const histories = HISTORIES.filter(
      ({kernel}) => kernel == null || tf.getKernel(kernel, backend) != null,
    );
    test.each(histories)(`${SOURCE}: $test`, async history => {
      const {model: make, x, y, losses, weights = {}, learningRate = 0.01} = history;
      const model = tf.sequential({layers: make(tfn.layers)});
      model.compile({loss: 'meanSquaredError', optimizer: tf.train.sgd(learningRate)});
      const [xs, ys] = [x, y].map(values => tf.tensor(values as number[]));
      const epochs = losses.length;
      const {history: found} = await model.fit(xs, ys, {
        epochs,
        batchSize: xs.shape[0],
        verbose: 0,
      });
      losses.forEach((loss, i) => {
        // The losses are those of float32 in another order of the steps.
        expect(Math.abs((found['loss'][i] as number) - loss)).toBeLessThanOrEqual(
          1e-3 * Math.max(1, loss),
        );
      });
      for (const [index, values] of Object.entries(weights)) {
        const tensors = model.layers[Number(index)].getWeights();
        tensors.forEach((tensor, i) => {
          expectNear(tensor, values[i], DECIMALS);
        });
      }
    });
  });
});

test('Keras 3, layer_normalization_test.py: test_ln_basics, an empty input', () => {
  const layer = tfn.layers.layerNormalization();
  expect((layer.apply(tf.zeros([1, 0, 10])) as tf.Tensor).shape).toEqual([1, 0, 10]);
  expect(layer.getWeights().map(({shape}) => shape)).toEqual([[10], [10]]);
});

test.each([
  ['layer_normalization_test.py', tfn.layers.layerNormalization],
  ['rms_normalization_test.py', tfn.layers.rmsNormalization],
])('Keras 3, %s: test_unsorted_axis', (_, make) => {
  const x = tf.randomNormal([2, 3, 4], 0, 1, 'float32', 1);
  const [sorted, unsorted] = [
    [-2, -1],
    [-1, -2],
  ].map(axis => make({axis}).apply(x) as tf.Tensor);
  expect(unsorted.dataSync()).toEqual(sorted.dataSync());
});
