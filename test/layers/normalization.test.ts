/** Learning from data; golden.test.ts compares with Keras. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {saveAndLoad, valuesOf} from '../models.js';
import {random} from '../random.js';

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
    const [mean, variance, count] = valuesOf(layer);
    expectClose(mean, means, ROUNDED);
    // The mean is 5,000 standard deviations away: in float32, no digit would be right.
    expectClose(variance, variances, ROUNDED);
    expect(count).toEqual([COUNT]);
  });
});

test('a second adapt forgets the first, in a layer that a model uses', async () => {
  const layer = tfn.layers.normalization({inputShape: [2]});
  const model = tf.sequential({layers: [layer, tf.layers.dense({units: 1})]});
  const normalized = () => (layer.apply(tf.tensor2d([[3, 60]])) as tf.Tensor).dataSync();
  // The last variance of the first is 0, and 1e-7 stands in for its root.
  // prettier-ignore
  const steps: Array<[number[][], number[]]> = [
    [[[1, 20], [3, 40]], [1, 3]],
    [[[3, 60]], [0, 0]],
    [[[2, 50], [2, 70]], [1e7, 0]],
  ];
  for (const [data, expected] of steps) {
    await layer.adapt(data);
    expectClose(normalized(), expected, VALUE);
    expect(valuesOf(layer)[2]).toEqual([data.length]);
  }
  expect(layer.trainableWeights).toEqual([]);
  const x = tf.tensor2d([[2, 55]]);
  const [again, y] = [await saveAndLoad(model), model].map(each => each.predict(x) as tf.Tensor);
  expect(again.dataSync()).toEqual(y.dataSync());
});

test('names its weights after itself, however it is built', async () => {
  const adapted = tfn.layers.normalization({name: 'a'});
  await adapted.adapt(rows);
  const called = tfn.layers.normalization({name: 'b'});
  called.apply(tf.tensor2d(rows));
  const names = [adapted, called].flatMap(({weights}) => weights.map(w => w.originalName));
  expect(names).toEqual(['a/mean', 'a/variance', 'a/count', 'b/mean', 'b/variance', 'b/count']);
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
  expect(valuesOf(layer)).toEqual([[3], [3.5], [4]]);
  const y = layer.apply(tf.tensor1d([3, 10], 'int32')) as tf.Tensor;
  expectClose(y, [0, 7 / Math.sqrt(3.5)], VALUE);
});

test('takes inputs of another rank than the data to which it was adapted', async () => {
  const one = tfn.layers.normalization({axis: null});
  await one.adapt([1, 2, 3, 6]);
  const model = tf.sequential({layers: [tf.layers.inputLayer({inputShape: [1]}), one]});
  expectClose(model.predict(tf.tensor2d([[3], [10]])) as tf.Tensor, [0, 7 / Math.sqrt(3.5)], VALUE);

  const features = tfn.layers.normalization();
  await features.adapt(rows);
  const [x, y] = [
    [50, 3],
    [5, 2, 5, 3],
  ].map(shape => features.apply(tf.tensor(rows.flat(), shape)) as tf.Tensor);
  expect(y.dataSync()).toEqual(x.dataSync());
  await features.adapt(tf.tensor(rows.flat(), [10, 5, 3]));
  expectClose(valuesOf(features)[0], means, ROUNDED);
  // The rank decides which of these comes first.
  const mixed = tfn.layers.normalization({axis: [-2, 2]});
  await mixed.adapt(tf.ones([2, 3, 4]));
  expect(() => mixed.apply(tf.ones([2, 1, 3, 4, 1]))).toThrow('expected ndim=3, found ndim=5');
});

test('goes on from what it learnt, and leaves out what a mask hides', async () => {
  const [layer, loaded] = [tfn.layers.normalization(), tfn.layers.normalization()];
  await layer.adapt(rows.slice(0, 20), {resetState: false});
  loaded.build([null, 3]);
  loaded.setWeights(layer.getWeights());
  const others = rows.slice(20).map((row, i) => (i % 3 === 0 ? [NaN, 1, Infinity] : row));
  const mask = others.map(([first]) => Number(!Number.isNaN(first)));
  const half = mask.length / 2;
  await layer.adapt({xs: others, mask}, {resetState: false});
  const batch = (...range: [number, number?]) => ({
    xs: others.slice(...range),
    mask: mask.slice(...range),
  });
  await loaded.adapt([batch(0, half), batch(half)], {resetState: false});
  const counted = [...rows.slice(0, 20), ...others.filter((_, i) => mask[i] === 1)];
  const expected = tfn.layers.normalization();
  await expected.adapt(counted);
  valuesOf(expected).forEach((value, i) => {
    expectClose(valuesOf(layer)[i], value, 5 * ROUNDED);
    // Its mean, 5,000 standard deviations away, had been rounded to float32.
    expectClose(valuesOf(loaded)[i], value, 1e-4);
  });
  // The steps of a sequence that count.
  const steps = tfn.layers.normalization();
  await steps.adapt({xs: tf.tensor([1, 2, 3, 4, 5, 6], [1, 3, 2]), mask: [[1, 0, 1]]});
  expect(valuesOf(steps)).toEqual([[3, 4], [4, 4], [2]]);
});

test('takes a mean and a variance of any form', () => {
  const x = tf.tensor2d([[1, 2], [3, 6]]); // prettier-ignore
  const y = (mean: tfn.NormalizationArgs['mean'], variance: tfn.NormalizationArgs['variance']) => {
    const layer = tfn.layers.normalization({mean, variance});
    const {mean: m, variance: v} = layer.getConfig();
    return [Array.from((layer.apply(x) as tf.Tensor).dataSync()), [m, v]];
  };
  const expected = [[0, 0.25, 2, 1.25], [[1, 1], [1, 16]]]; // prettier-ignore
  expect(y([1, 1], [1, 16])).toEqual(expected);
  expect(y(1, [1, 16])).toEqual(expected);
  expect(y(new Float32Array([1, 1]), tf.tensor1d([1, 16]))).toEqual(expected);
  expect(y(tf.scalar(1), new Int32Array([1, 16]))).toEqual(expected);
  expect(y([1, 1], 4)).toEqual([[0, 0.5, 1, 2.5], [[1, 1], [4, 4]]]); // prettier-ignore
});

test('a call before the end of adapt is an error, and so is a second adapt', async () => {
  const layer = tfn.layers.normalization({name: 'norm', inputShape: [3]});
  const model = tf.sequential({layers: [layer]});
  const learning = layer.adapt(rows);
  const message = 'norm: adapt has not ended: await it first.';
  expect(() => model.predict(tf.ones([1, 3]))).toThrow(message);
  await expect(layer.adapt(rows)).rejects.toThrow(message);
  await learning;
  expect(model.predict(tf.ones([1, 3]))).toBeInstanceOf(tf.Tensor);
  await expect(layer.adapt([])).rejects.toThrow('adapt needs data');
  expect(model.predict(tf.ones([1, 3]))).toBeInstanceOf(tf.Tensor);
});

test('does not go on from statistics of Keras 3, which has no count', async () => {
  const layer = tfn.layers.normalization({name: 'norm', inputShape: [1]});
  layer.build([null, 1]);
  await layer.adapt([[1]], {resetState: false});
  layer.setWeights([tf.ones([1]), tf.ones([1]), tf.scalar(0, 'int32')]);
  await expect(layer.adapt([[1]], {resetState: false})).rejects.toThrow(
    'norm: resetState: false needs the count of the data so far, which Keras 3 does not keep.',
  );
});

const BATCHES = 'data must be a tensor, an array of numbers, or batches of them, but is';
const NUMBERS = 'data must be a tensor or an array of numbers, but is';
const BEFORE =
  'data must have an axis for the batch before the features, or the layer axis: null, ' +
  'but the shape of data is';
const FEATURES = 'data must have the features [3], but has [4].';
const FINITE = (feature: number) =>
  `data must be finite, but feature ${feature} has NaN or an infinite value: leave such examples out, or mask them.`;
const OBJECTS = (row: string) =>
  'data must have arrays of numbers, but has objects {a, b}, as tf.data.csv makes them: ' +
  `call .map(${row} => Object.values(xs)) before .batch(…).`;
const uneven = () => tf.data.array([[1, 2, 3], [1, 2, 3, 4]]).batch(1); // prettier-ignore
const given = {mean: 1, variance: 1};

// prettier-ignore
test.each<[message: string, data: () => unknown, args?: object]>([
  [`${BEFORE} [3].`, () => [1, 2, 3]],
  [`${BEFORE} [].`, () => 4],
  [`${BEFORE} [3].`, () => tf.data.array(rows)],
  [`${BEFORE} [2, 3].`, () => tf.ones([2, 3]), {axis: 0}],
  ['adapt needs data, but there is none.', () => []],
  ['adapt needs data, but there is none.', () => [tf.zeros([0, 3])]],
  [FEATURES, () => [tf.ones([2, 3]), tf.ones([2, 4])]],
  [FEATURES, uneven],
  [`${BATCHES} undefined.`, () => undefined],
  [`${BATCHES} "abc".`, () => 'abc'],
  [`${BATCHES} {"a":1}.`, () => ({a: 1})],
  [`${NUMBERS} "a".`, () => [['a', 'b']]],
  [`${NUMBERS} null.`, () => [null]],
  ['data must be of type float32, int32 or bool, but is string.', () => tf.tensor(['a'])],
  ['adapt needs a layer to which no mean was given.', () => tf.ones([2, 3]), given],
  [FINITE(1), () => [[1, NaN, 2], [3, 4, 5]]],
  [FINITE(2), () => [tf.ones([2, 3]), tf.tensor2d([[1, 2, -Infinity]])]],
  [OBJECTS('({xs})'), () => tf.data.array([{xs: {a: 1, b: 2}, ys: {c: 3}}]).batch(1)],
  [OBJECTS('xs'), () => tf.data.array([{a: 1, b: 2}]).batch(1)],
  ['mask must be the same for all features, but has the shape [2, 3].', () => ({xs: tf.ones([2, 3]), mask: tf.ones([2, 3])})],
  ['adapt needs data, but there is none.', () => ({xs: tf.ones([2, 3]), mask: [0, 0]})],
])('adapt refuses %s', async (message, source, args = {}) => {
  const layer = tfn.layers.normalization({name: 'norm', ...args});
  const data = source() as tfn.AdaptData;
  // One that is not built yet stays so.
  const isBuilt = !message.startsWith(BEFORE);
  if (isBuilt) layer.build([null, 3]);
  const [before, {numTensors}] = [valuesOf(layer), tf.memory()];
  await expect(layer.adapt(data)).rejects.toThrow(`norm: ${message}`);
  expect(layer.built).toBe(isBuilt);
  expect(valuesOf(layer)).toEqual(before);
  expect(tf.memory().numTensors).toBe(numTensors);
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
