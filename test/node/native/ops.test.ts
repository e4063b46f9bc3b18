/** The sides of the native ops that the suites of all backends do not see. */
import {resolve} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../../src/index.js';
import {loadAddon} from '../../../src/kernels/backends/tensorflow/native/addon.js';
import type {NodeBackend} from '../../../src/kernels/backends/tensorflow/node_backend.js';
import {L1, MOMENTS} from '../../../src/statistic.js';
import '../../backends.js';
import {expectClose} from '../../close.js';
import {random} from '../../random.js';
import {kernelsOn} from '../kernels.js';

const {addon, cores} = loadAddon();
afterEach(() => addon.threads(cores));

test('they are what runs', () => {
  expect(tfn.backendInfo()).toEqual({backend: 'tensorflow', path: 'native'});
  const {sharedObjects} = process.report.getReport() as {sharedObjects: string[]};
  const prebuilt = resolve(`native/prebuilt/${process.platform}-${process.arch}.node`);
  expect(sharedObjects).toContain(process.env['TFN_ADDON'] ?? prebuilt);
});

// arm64 adds the parts of a vector in another order, and sanitizers leave no vectors. A short segment
// that begins far off its mean shows it.
const FORWARD = process.arch === 'x64' && process.env['TFN_ADDON'] == null ? 2e-6 : 4e-6;

/** Each is more than what is shared among threads, and uneven. */
const SHARED: Array<[string, number[], number[], number[]]> = [
  ['rows', [257, 300], [1], [1]],
  ['rows without parameters', [257, 300], [1], []],
  ['short rows', [4099, 33], [1], [1]],
  ['short rows of groups', [1031, 8, 17], [2], [1, 2]],
  ['lanes', [17, 64, 77], [1], [1]],
  ['lanes of one matrix', [301, 519], [0], [0]],
  ['copied rows', [30, 4, 57, 11], [1, 3], [1, 3]],
  ['long copied rows', [9, 31, 6, 43], [1, 3], [1, 3]],
  ['copied lanes', [40, 30, 4, 11], [0, 2], [0, 2]],
  ['columns', [1543, 48], [0], [1]],
  ['narrow columns', [16001, 5], [0], [1]],
  ['one long row', [70001], [0], []],
  ['columns of many images', [31, 40, 64], [1], [2]],
  ['columns of two images', [2, 700, 64], [1], [2]],
  ['groups of columns', [9, 130, 8, 8], [1, 3], [2, 3]],
  ['segments', [7, 13, 900], [0, 2], [1]],
  ['segments of images', [11, 13, 600], [2], [1]],
  ['groups of segments', [3, 8, 5, 700], [2, 3], [1, 2]],
  ['short segments', [90, 99, 9], [2], [1]],
  ['an axis of images with parameters', [37, 50, 40], [1], [0, 2]],
];

describe.each([
  ['moments', MOMENTS],
  ['l1', L1],
])('%s', (_, statistic) => {
  test.each(SHARED)('%s do not depend on the number of threads', (_, shape, reduced, params) => {
    const run = kernelsOn({shape, reduced, params, statistic, epsilon: 1e-3}, FORWARD);
    // Two threads have a part of some views each, more share the parts.
    const [alone, ...others] = [1, 2, 3, 64].map(threads => {
      addon.threads(threads);
      return run();
    });
    others.flat().forEach((values, i) => expectClose(values, alone[i % alone.length], 0));
  });
});

test('rows in threads hand out their own moments where no other statistics are asked for', () => {
  tf.tidy(() => {
    const both = [1, 3].map(mean => tf.tensor(random(2 ** 20, 1, mean), [1024, 1024]));
    for (let i = 0; i < 40; i++) {
      const x = both[i % 2];
      expectClose(tfn.batchNorm(x, {axis: 0}).mean, tf.mean(x, 1), 1e-5);
    }
  });
});

const affine = (n: number) => ({gamma: tf.linspace(1, 2, n), beta: tf.linspace(2, 1, n)});
const given = (x: tf.Tensor, axis: number) =>
  tfn.batchNormInference(x, tf.fill([64], 0.5), tf.fill([64], 2), {axis, ...affine(64)});

// Over the rows or images, which are repeated so that what they become is stored past the caches
// (native/stream.h).
test.each<[string, number[], (x: tf.Tensor) => tf.Tensor]>([
  ['rows', [700, 768], x => tfn.layerNorm(x, affine(768))],
  ['rows without parameters', [700, 768], x => tfn.l2Normalize(x)],
  ['rows of absolute values', [700, 768], x => tfn.l1Normalize(x)],
  ['columns', [4099, 64], x => tfn.batchNorm(x, affine(64)).y],
  ['columns of given statistics', [4099, 64], x => given(x, 1)],
  ['segments', [5, 64, 1000], x => tfn.instanceNorm(x, {axis: 1, ...affine(64)})],
  ['segments of given statistics', [5, 64, 1000], x => given(x, 1)],
])('%s over and over are normalized as once, on any number of threads', (_, shape, normalize) => {
  const both = (x: tf.Tensor, dy: tf.Tensor) => [normalize(x), tf.grad(normalize)(x, dy)];
  const size = tf.util.sizeFromShape(shape);
  const times = [Math.ceil(2 ** 21 / size), ...shape.slice(1).map(() => 1)];
  tf.tidy(() => {
    const [x, dy] = [1, 2].map(seed => tf.tensor(random(size, seed, 1, 2), shape));
    const expected = both(x, dy).map(once => tf.tile(once, times));
    for (const threads of [1, 3]) {
      addon.threads(threads);
      const often = both(tf.tile(x, times), tf.tile(dy, times));
      often.forEach((found, i) => expectClose(found, expected[i], [2e-6, 1e-5][i]));
    }
  });
});

test('norms of zero stay with the native ops, and of what is next to nothing are not zero', () => {
  const backend = tf.backend() as unknown as NodeBackend;
  const [made, read] = (['createOutputTensor', 'readSync'] as const).map(name =>
    jest.spyOn(backend, name),
  );
  // Opposite signs, of which partial sums are zero as well.
  const column = (tiny: number) =>
    Array.from({length: 50}, (_, i) => (i < 2 ? 0 : tiny * (-1) ** i));
  const normalized = (tiny: number, copies: number) => {
    const others = Array<tf.Tensor>(129).fill(tf.tensor(random(50, 1)));
    const x = tf.stack([tf.tensor(column(tiny)), ...others], 1);
    [made, read].forEach(spy => spy.mockClear());
    const y = tfn.l2Normalize(x, {axis: 0, epsilon: 0});
    expect(made).toHaveBeenCalledTimes(copies > 0 ? 0 : 1);
    expect(read).toHaveBeenCalledTimes(copies);
    return tf.slice(y, [0, 0], [50, 1]);
  };
  tf.tidy(() => {
    expectClose(normalized(0, 0), column(0), 0);
    // The gradient of x alone: there are no parameters.
    expectClose(normalized(1e-30, 1), column(1 / Math.sqrt(48)), 2e-6);
  });
  jest.restoreAllMocks();
});

test('10,000 calls, failing ones among them, keep tensors, handles and memory flat', () => {
  tf.env().set('IS_TEST', false);
  const {stackTraceLimit} = Error;
  Error.stackTraceLimit = 0;
  const x = tf.tensor(random(96 * 160, 1), [96, 160]);
  const [{gamma, beta}, dy, tiny] = [affine(160), tf.onesLike(x), tf.mul(x, 1e-30)];
  const step = () =>
    tf.tidy(() => {
      tf.grads((...[x, gamma, beta]: tf.Tensor[]) => tfn.layerNorm(x, {gamma, beta}))([x, gamma, beta], dy); // prettier-ignore
      const {mean, variance} = tfn.batchNorm(x);
      tfn.batchNormInference(x, mean, variance);
      // The op fails, and the kernel runs on copies.
      tfn.l2Normalize(tiny, {axis: 0, epsilon: 0});
    });
  const held = () => ({
    tensors: tf.memory().numTensors,
    handles: (tf.backend() as unknown as {getNumOfTFTensors(): number}).getNumOfTFTensors(),
  });
  for (let i = 0; i < 500; i++) step();
  const [before, resident] = [held(), process.memoryUsage.rss()];
  // Forward, backward, two other kernels and a failure each.
  for (let i = 0; i < 2000; i++) step();
  expect(held()).toEqual(before);
  // A leak of the smallest output, of 10,000, would be 6 MB; of scratch or of y, 60 to 600 MB.
  expect(process.memoryUsage.rss() - resident).toBeLessThan(5e7);
  tf.env().set('IS_TEST', true);
  Error.stackTraceLimit = stackTraceLimit;
}, 120_000);
