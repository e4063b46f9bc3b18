/**
 * What is wrong with the ops of tfjs 4.22 that normalize, each time beside our result. Where such
 * a test fails on the side of tfjs, tfjs was mended, and docs/compatibility.md has to change.
 */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/ops/index.js';
import {L1, L2} from '../../src/statistic.js';
import {expectClose} from '../close.js';
import {normalize64} from '../float64.js';
import {normal} from '../models.js';
import {expectRight} from '../right.js';
import {GRADIENT, VALUE} from './helpers.js';

beforeAll(() => tf.setBackend('cpu'));

const [x, dy] = [normal([6, 5], 1, 2, 3), normal([6, 5], 2, 0, 1)];
const [mean, deviation, gamma, beta] = [3, 4, 5, 6].map(seed => normal([5], seed, 1, 0.3));
const variance = tf.square(deviation);

test.each([
  {absent: 'scale', params: {beta}},
  {absent: 'offset', params: {gamma}},
])('tf.batchNorm, unlike ours, has no gradient without $absent', ({params}) => {
  const {gamma, beta}: {gamma?: tf.Tensor; beta?: tf.Tensor} = params;
  const tfjs = tf.grad(x => tf.batchNorm(x, mean, variance, beta, gamma));
  expect(() => tfjs(x, dy)).toThrow('Cannot read properties of undefined');
  const ours = tf.grad(x => tfn.batchNormInference(x, mean, variance, {gamma, beta}));
  const scale = tf.mul(gamma ?? 1, tf.rsqrt(tf.add(variance, 1e-3)));
  expectClose(ours(x, dy), tf.mul(dy, scale), GRADIENT);
});

test('tf.batchNorm, unlike ours, has no gradient for inputs of rank 5', () => {
  const shape = [2, 3, 2, 2, 5];
  const [x, dy] = [normal(shape), normal(shape, 2)];
  const tfjs = tf.grad(x => tf.batchNorm(x, mean, variance, beta, gamma));
  const ours = tf.grad(x => tfn.batchNormInference(x, mean, variance, {beta, gamma}));
  expect(() => tfjs(x, dy)).toThrow('must match length of reps');
  const rows = (t: tf.Tensor) => tf.reshape(t, [-1, 5]);
  expectClose(ours(x, dy), tfjs(rows(x), rows(dy)), GRADIENT);
});

test.each([
  {order: 1 as const, statistic: L1, ours: tfn.l1Normalize},
  {order: 2 as const, statistic: L2, ours: tfn.l2Normalize},
])(
  'division by tf.norm of order $order, unlike ours, is not a number at a zero vector, and neither is its gradient',
  async ({order, statistic, ours}) => {
    const tfjs = (x: tf.Tensor) => tf.div(x, tf.norm(x, order, -1, true));
    const zeroRow = tf.mul(x, tf.tensor2d([[0], [1], [1], [1], [1], [1]]));
    for (const values of [tfjs(zeroRow), tf.grad(tfjs)(zeroRow, dy)]) {
      expect(Array.from(tf.slice(values, 0, 1).dataSync())).toEqual(Array(5).fill(NaN));
    }
    const problem = {shape: [6, 5], reduced: [1], params: [], statistic, epsilon: 1e-12};
    await expectRight(x => ours(x), problem, {x: zeroRow, dy});
    expect(ours(zeroRow).dataSync().every(Number.isFinite)).toBe(true);
  },
);

test.each([1e-30, 1e25])(
  'division by tf.norm, unlike ours, makes zeros or infinities of values around %d',
  scale => {
    const small = tf.mul(x, scale);
    const wrong = tf.div(small, tf.norm(small, 2, -1, true)).dataSync();
    expect(wrong.every(value => value === 0 || !Number.isFinite(value))).toBe(true);
    const problem = {shape: [6, 5], reduced: [1], params: [], statistic: L2, epsilon: 0};
    const expected = normalize64(small.dataSync(), [1], [0], problem).y;
    expectClose(tfn.l2Normalize(small, {epsilon: 0}), expected, VALUE);
  },
);
