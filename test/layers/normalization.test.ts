/** Learning from data; layer_golden.test.ts compares with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';
import {saveAndLoad} from './layer_test.js';

// One rounding to float32.
const ROUNDED = 1e-7;
const VALUE = 2e-6;

const COUNT = 50;
const numbers = random(COUNT * 3, 1, 1e4, 2);
const rows = Array.from({length: COUNT}, (_, i) => Array.from(numbers.slice(3 * i, 3 * i + 3)));

/** Mean and biased variance of each column, in double precision. */
const columns = [0, 1, 2].map(j => rows.map(row => row[j]));
const means = columns.map(c => c.reduce((a, b) => a + b) / COUNT);
const variances = columns.map((c, j) => c.reduce((sum, x) => sum + (x - means[j]) ** 2, 0) / COUNT);

const sizes = [1, 30, 4, 15];
const batches = () => {
  let start = 0;
  return sizes.map(size => tf.tensor2d(rows.slice(start, (start += size)), [size, 3]));
};
const values = (layer: tf.layers.Layer) => layer.getWeights().map(w => Array.from(w.dataSync()));

async function* later<T>(list: T[]): AsyncGenerator<T> {
  for (const element of list) yield await Promise.resolve(element);
}

const SOURCES: Record<string, () => tfn.AdaptData> = {
  'a tensor': () => tf.tensor2d(rows),
  'an array': () => rows,
  batches,
  'arrays of batches': () => batches().map(batch => ({xs: batch.arraySync()})),
  'pairs of inputs and targets': () => batches().map(batch => [batch, tf.zeros([1])]),
  'an asynchronous iterable': () => later(batches()),
  'a data set': () => tf.data.array(rows).batch(7),
  'a data set for training': () =>
    tf.data.zip({xs: tf.data.array(rows), ys: tf.data.array(rows.map(([y]) => y))}).batch(7),
};

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(Object.entries(SOURCES))('learns from %s in double precision', async (_, source) => {
    const layer = tfn.layers.normalization();
    await layer.adapt(source());
    const [mean, variance, count] = values(layer);
    expectClose(mean, means, ROUNDED);
    // The mean is 5,000 standard deviations away: in float32, no digit would be right.
    expectClose(variance, variances, ROUNDED);
    expect(count).toEqual([COUNT]);
  });
});

test('a second adapt forgets the first, in a layer that a model uses', async () => {
  const layer = tfn.layers.normalization({inputShape: [2]});
  await layer.adapt([
    [1, 20],
    [3, 40],
  ]);
  const model = tf.sequential({layers: [layer, tf.layers.dense({units: 1})]});
  const normalized = () => (layer.apply(tf.tensor2d([[3, 60]])) as tf.Tensor).dataSync();
  expectClose(normalized(), [1, 3], VALUE);
  await layer.adapt([[3, 60]]);
  expect(Array.from(normalized())).toEqual([0, 0]);
  await layer.adapt([
    [2, 50],
    [2, 70],
  ]);
  // The variance of the first is 0, and 1e-7 stands in for its root.
  expectClose(normalized(), [1e7, 0], VALUE);
  expect(values(layer)[2]).toEqual([2]);
  expect(layer.trainableWeights).toEqual([]);

  const loaded = await saveAndLoad(model);
  const x = tf.tensor2d([[2, 55]]);
  expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(
    (model.predict(x) as tf.Tensor).dataSync(),
  );
});

test('names its weights after itself, however it is built', async () => {
  const adapted = tfn.layers.normalization({name: 'a'});
  await adapted.adapt(rows);
  const called = tfn.layers.normalization({name: 'b'});
  called.apply(tf.tensor2d(rows));
  const names = [adapted, called].map(({weights}) => weights.map(w => w.originalName));
  expect(names).toEqual([
    ['a/mean', 'a/variance', 'a/count'],
    ['b/mean', 'b/variance', 'b/count'],
  ]);
});

test('undoes by invert what it does', async () => {
  const [there, back] = [{}, {invert: true}].map(args => tfn.layers.normalization(args));
  await there.adapt(rows);
  await back.adapt(rows);
  const x = tf.tensor2d(rows);
  // Relative to the standard deviation, float32 has but four digits of these inputs.
  expectClose(back.apply(there.apply(x)) as tf.Tensor, x, ROUNDED * 2);
});

test('takes integers and learns from one axis', async () => {
  const layer = tfn.layers.normalization({axis: null});
  await layer.adapt(new Int32Array([1, 2, 3, 6]));
  expect(values(layer)).toEqual([[3], [3.5], [4]]);
  const y = layer.apply(tf.tensor1d([3, 10], 'int32')) as tf.Tensor;
  expectClose(y, [0, 7 / Math.sqrt(3.5)], VALUE);
});

describe('adapt refuses', () => {
  const RULE = 'data must be a tensor, an array of numbers, or batches of them';

  test.each<[string, object, () => tfn.AdaptData, string]>([
    ['one example', {}, () => [1, 2, 3], '[3]'],
    ['a number', {}, () => 4, '[]'],
    ['a data set without batches', {}, () => tf.data.array(rows), '[3]'],
    ['the axis of the batch', {axis: 0}, () => tf.ones([2, 3]), '[2, 3]'],
  ])('%s, before anything is made', async (_, args, source, shape) => {
    const layer = tfn.layers.normalization({name: 'norm', ...args});
    await expect(layer.adapt(source())).rejects.toThrow(
      'norm: data must have an axis for the batch before the features, or the layer axis: null, ' +
        `but the shape of data is ${shape}.`,
    );
    expect(layer.built).toBe(false);
  });

  test.each<[string, object, () => tfn.AdaptData, string]>([
    ['no data', {}, () => [], 'adapt needs data, but there is none.'],
    ['empty batches', {}, () => [tf.zeros([0, 3])], 'adapt needs data, but there is none.'],
    [
      'what has other features than before',
      {},
      () => [tf.ones([2, 3]), tf.ones([2, 4])],
      'data must have the features [3], but has [4].',
    ],
    [
      'a data set of other features',
      {},
      () =>
        tf.data
          .array([
            [1, 2, 3],
            [1, 2, 3, 4],
          ])
          .batch(1),
      'data must have the features [3], but has [4].',
    ],
    ['nothing', {}, () => undefined as never, `${RULE}, but is undefined.`],
    ['a string', {}, () => 'abc' as never, `${RULE}, but is "abc".`],
    ['an object', {}, () => ({a: 1}) as never, `${RULE}, but is {"a":1}.`],
    [
      'an array of strings',
      {},
      () => [['a', 'b']] as never,
      'data must be a tensor or an array of numbers, but is "a".',
    ],
    [
      'a list of what is no batch',
      {},
      () => [null] as never,
      'data must be a tensor or an array of numbers, but is undefined.',
    ],
    [
      'what is no numbers',
      {},
      () => tf.tensor(['a']),
      'data must be of type float32, int32 or bool, but is string.',
    ],
    [
      'a layer that was given its mean',
      {mean: 1, variance: 1},
      () => tf.ones([2, 3]),
      'adapt needs a layer to which no mean was given.',
    ],
  ])('%s, and learns nothing', async (_, args, source, message) => {
    const data = source();
    const layer = tfn.layers.normalization({name: 'norm', ...args});
    layer.build([null, 3]);
    const before = values(layer);
    const {numTensors} = tf.memory();
    await expect(layer.adapt(data)).rejects.toThrow(`norm: ${message}`);
    expect(values(layer)).toEqual(before);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

test('adapt leaves nothing behind, of a data set neither, and disposes of nothing else', async () => {
  const layer = tfn.layers.normalization();
  const given = batches();
  await layer.adapt(given);
  const {numTensors} = tf.memory();
  await layer.adapt(given);
  await layer.adapt(SOURCES['a data set for training']());
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(given.some(batch => batch.isDisposed)).toBe(false);
});
