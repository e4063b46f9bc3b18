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
import {HISTORIES, type History, SOURCE} from './histories.js';
import {expectNear} from './near.js';

// What their expectations are rounded to: eight digits, four decimals in the gradients.
const DIGITS = 1e-6;
const DECIMALS = 1e-3;

const CONVOLUTIONS = ['Fit: Wtih conv2d layer', 'Fit: Wtih conv2dTranspose layer'];

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(LAYERS)('$source: $test', ({layer, args, x, mask, y, tolerance}) => {
    const made = tfn.layers[layer](args as never) as tf.layers.Layer;
    const kwargs = mask == null ? {} : {mask: tf.tensor(mask as number[])};
    expectNear(made.apply(tf.tensor(x as number[]), kwargs) as tf.Tensor, y, tolerance);
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

    const isTrainable = ({kernel}: History) =>
      kernel == null || tf.getKernel(kernel, backend) != null;
    test('all but convolutions, which tfjs does not train on wasm', () => {
      const left = HISTORIES.filter(history => !isTrainable(history)).map(({test}) => test);
      expect(left).toEqual(backend === 'wasm' ? CONVOLUTIONS : []);
    });

    test.each(HISTORIES.filter(isTrainable))(`${SOURCE}: $test`, async history => {
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

const pairs = [1, 2, 3, 4, -1, -2, -3, -4, -1, -2, -3, -4, 1, 2, 3, 4];
const initial = [
  {test: 'no center', args: {center: false, axis: 0}, weights: ['gamma']},
  {test: 'no scale', args: {scale: false, axis: 0}, weights: ['beta']},
  {test: 'no center, no scale', args: {scale: false, center: false}, weights: []},
  ...[0, -1].map(axis => ({test: `axis=${axis}`, args: {axis}, weights: ['gamma', 'beta']})),
];

test.each(initial)(`${SOURCE}: Inference, 2D to 4D, $test`, ({args, weights}) => {
  for (const rank of [2, 3, 4]) {
    const x = tf.tensor(pairs.slice(0, 2 ** rank), Array<number>(rank).fill(2));
    const layer = tfn.layers.batchNormalization({name: 'norm', ...args});
    expectNear(layer.apply(x) as tf.Tensor, x.arraySync(), 0.01);
    const names = layer.weights.map(({originalName}) => originalName.replace(/^.*\//, ''));
    expect(names).toEqual([...weights, 'moving_mean', 'moving_variance']);
    const values = layer.getWeights().map(weight => Array.from(weight.dataSync()));
    const starts = {gamma: 1, beta: 0, moving_mean: 0, moving_variance: 1} as const;
    expect(values).toEqual(
      names.map(name => Array<number>(2).fill(starts[name as keyof typeof starts])),
    );
  }
});

describe('Keras 3, batch_normalization_test.py', () => {
  const normal = (shape: number[]) => tf.randomNormal(shape, 5, 10, 'float32', 1);
  const cases = [-1, 1].flatMap(axis =>
    [
      [5, 2, 3],
      [5, 3, 3, 2],
    ].flatMap(shape => ['zeros', 'ones'].map(start => ({axis, shape, start}))),
  );

  test.each(cases)(
    'test_correctness, axis $axis of $shape, from $start',
    ({axis, shape, start}) => {
      const args = {movingMeanInitializer: start, movingVarianceInitializer: start} as object;
      const layer = tfn.layers.batchNormalization({axis, momentum: 0, ...args});
      const apply = (x: tf.Tensor, training: boolean) => layer.apply(x, {training}) as tf.Tensor;
      const x = normal(shape);
      const out = [1, 2, 3].reduce(x => apply(x, true), x);
      const reduced = shape
        .map((_, i) => i)
        .filter(i => i !== (axis + shape.length) % shape.length);
      const {mean, variance} = tf.moments(out, reduced);
      const features = shape.at(axis)!;
      const [zeros, ones] = [tf.zeros([features]), tf.ones([features])].map(t => t.arraySync());
      expectNear(mean, zeros, 1e-3);
      expectNear(tf.sqrt(variance), ones, 1e-3);
      const [, , movingMean, movingVariance] = layer.getWeights();
      expectNear(movingMean, zeros, 1e-3);
      expectNear(movingVariance, ones, 1e-3);

      const before = apply(x, false);
      const training = apply(x, true).arraySync();
      expect(() => expectNear(before, training, 1e-3)).toThrow();
      expectNear(apply(x, false), training, 1e-6);
    },
  );

  test('test_trainable_behavior', () => {
    const layer = tfn.layers.batchNormalization({momentum: 0.8, epsilon: 1e-7, trainable: false});
    const x = normal([200, 4, 4, 3]);
    expectNear(layer.apply(x, {training: true}) as tf.Tensor, x.arraySync(), 1e-6);
    expect(layer.weights).toHaveLength(4);
    expect(layer.trainableWeights).toHaveLength(0);
    layer.trainable = true;
    expect(layer.trainableWeights).toHaveLength(2);
    const {mean, variance} = tf.moments(layer.apply(x, {training: true}) as tf.Tensor, [0, 1, 2]);
    expectNear(mean, [0, 0, 0], 1e-3);
    expectNear(tf.sqrt(variance), [1, 1, 1], 1e-3);
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
