/** When the moving statistics move and when they count; golden.test.ts compares with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {normal, saveAndLoad, valuesOf} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

const TOLERANCE = 1e-5;
const START = [
  [0, 0, 0],
  [1, 1, 1],
];

const x = normal([8, 3], 1, 3, 2);
const movingOf = (layer: tf.layers.Layer) => valuesOf(layer).slice(-2);

/** The output in training mode: the batch's own statistics. */
function standardized(x: tf.Tensor, axes: number[], epsilon = 1e-3): tf.Tensor {
  const {mean, variance} = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
}
const inferred = (x: tf.Tensor) => tf.div(x, Math.sqrt(1 + 1e-3));

// Keras's cases have one axis.
test.each<[string, number[], number | number[], number[]]>([
  ["Keras 2's axis list", [4, 3, 3, 5], [3], [0, 1, 2]],
  ['two feature axes', [9, 3, 5], [1, 2], [0]],
  ['rank 6', [2, 2, 3, 2, 2, 3], -1, [0, 1, 2, 3, 4]],
])(
  'of %s uses the batch in training and moves the statistics, which count in inference',
  (_, shape, axis, reduced) => {
    const layer = tfn.layers.batchNormalization({axis, momentum: 0.9});
    const x = normal(shape, 1, 3, 2);
    const y = layer.apply(x, {training: true}) as tf.Tensor;
    expectClose(y, standardized(x, reduced), TOLERANCE);
    expect(layer.weights[0].shape).toEqual(shape.filter((_, i) => !reduced.includes(i)));
    const {mean, variance} = tf.moments(x, reduced, true);
    const moved = [tf.mul(mean, 0.1), tf.add(tf.mul(variance, 0.1), 0.9)];
    movingOf(layer).forEach((moving, i) => expectClose(moving, moved[i], TOLERANCE));
    const expected = tf.div(tf.sub(x, moved[0]), tf.sqrt(tf.add(moved[1], 1e-3)));
    expectClose(layer.apply(x) as tf.Tensor, expected, TOLERANCE);
  },
);

// Anything else that JavaScript takes for true trains tf.layers too.
test.each([
  [true, true],
  [1, true],
  [false, false],
  [0, false],
  [null, false],
  [undefined, false],
])(
  'training %p counts as %p, given with a tensor or in a symbolic call',
  async (training, counts) => {
    const expected = counts ? standardized(x, [0]) : inferred(x);
    for (const layer of [tfn.layers.batchNormalization(), tf.layers.batchNormalization({})]) {
      expectClose(layer.apply(x, {training}) as tf.Tensor, expected, TOLERANCE);
    }
    const layer = tfn.layers.batchNormalization();
    const input = tf.input({shape: [3]});
    const outputs = layer.apply(input, {training}) as tf.SymbolicTensor;
    const model = tf.model({inputs: input, outputs});
    for (const each of [model, await saveAndLoad(model)]) {
      expectClose(each.predict(x) as tf.Tensor, expected, TOLERANCE);
    }
    model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});
    layer.setWeights([1, 0, 0, 1].map(value => tf.fill([3], value)));
    await model.fit(x, tf.zeros([8, 3]), {epochs: 1, verbose: 0});
    // Only a false that is given holds when the model trains.
    const moves = counts || training == null;
    expect(JSON.stringify(movingOf(layer)) !== JSON.stringify(START)).toBe(moves);
  },
);

test.each([{}, {renorm: true}, {gammaConstraint: 'nonNeg', betaConstraint: 'maxNorm'}])(
  'a call that fails moves nothing and leaves nothing behind: %j',
  args => {
    const layer = tfn.layers.batchNormalization(args as tfn.BatchNormalizationArgs);
    layer.apply(x, {training: true});
    const [before, mask] = [valuesOf(layer), tf.ones([5])];
    const gradient = tf.grad(x => layer.apply(x, {training: true, mask}) as tf.Tensor);
    expectNoLeak(() => expect(() => tf.tidy(() => gradient(x))).toThrow('mask must have'));
    expect(valuesOf(layer)).toEqual(before);
  },
);

describe('ghost batch norm', () => {
  const x = normal([6, 3, 2]);
  // As Keras 2 has it: of three chunks, the first has the examples 0 and 3.
  const chunk = (i: number) => tf.gather(x, [i, i + 3]);
  const chunks = [0, 1, 2].map(chunk);
  const average = (name: 'mean' | 'variance') =>
    tf.mean(tf.stack(chunks.map(each => tfn.batchNorm(each)[name])), 0);

  test('normalizes each chunk by itself, and averages its statistics', () => {
    const {y, mean, variance} = tfn.batchNorm(x, {virtualBatchSize: 2});
    chunks.forEach((each, i) => expectClose(tf.gather(y, [i, i + 3]), tfn.batchNorm(each).y, 1e-5));
    expectClose(mean, average('mean'), 1e-5);
    expectClose(variance, average('variance'), 1e-5);
    const dx = tf.grad(x => tf.pow(tfn.batchNorm(x, {virtualBatchSize: 2}).y, 3))(x);
    const dchunk = tf.grad(x => tf.pow(tfn.batchNorm(x).y, 3))(chunk(1));
    expectClose(tf.gather(dx, [1, 4]), dchunk, 1e-4);
  });

  test('moves the statistics of the layer, which inference uses', () => {
    const layer = tfn.layers.batchNormalization({virtualBatchSize: 2, momentum: 0.5});
    layer.apply(x, {training: true});
    const [, , mean, variance] = layer.getWeights();
    expectClose(mean, tf.mul(average('mean'), 0.5), 1e-5);
    expectClose(variance, tf.add(tf.mul(average('variance'), 0.5), 0.5), 1e-5);
    const params = {gamma: tf.ones([2]), beta: tf.zeros([2])};
    const expected = tfn.batchNormInference(x, mean, variance, params);
    expectClose(layer.apply(x) as tf.Tensor, expected, 1e-6);
    expect(layer.getConfig()).toMatchObject({virtualBatchSize: 2});
    const call = () => layer.apply(tf.ones([5, 3, 2]), {training: true});
    expect(call).toThrow('virtualBatchSize must be a positive integer that divides the batch of 5');
  });
});
