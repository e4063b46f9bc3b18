/** Against float64, and of one epsilon that is two; layer_golden.test.ts compares with Addons. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {RMS} from '../../src/statistic.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {normalize64, normalizeGrad64} from '../float64.js';
import {random} from '../random.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;

const CASES: Array<[shape: number[], axis: number[] | undefined, channels: number]> = [
  [[2, 3, 4, 5], undefined, 3],
  [[2, 5, 3, 4], [-1, -2], 1],
  [[2, 7, 3], [1], 2],
  [[2, 3, 2, 2, 4], [1, 2, 3], 4],
];

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(CASES)('%j over %j keeps examples and axis %d apart', (shape, axis, channels) => {
    const size = tf.util.sizeFromShape(shape);
    const reduced = shape.map((_, i) => i).filter(i => i > 0 && i !== channels);
    const problem = {shape, reduced, params: [channels], statistic: RMS, epsilon: 1e-6};
    const [x, dy] = [random(size, 1, 1, 2), random(size, 2)];
    const [gamma, beta] = [random(shape[channels], 3, 1), random(shape[channels], 4)];
    const op = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      tfn.filterResponseNorm(x, {axis, gamma, beta});
    const inputs = [tf.tensor(x, shape), tf.tensor1d(gamma), tf.tensor1d(beta)] as const;
    expectClose(op(...inputs), normalize64(x, gamma, beta, problem).y, VALUE);
    const expected = normalizeGrad64(dy, x, gamma, beta, problem);
    const [dx, dgamma, dbeta] = tf.grads(op)([...inputs], tf.tensor(dy, shape));
    expectClose(dx, expected.dx, GRADIENT);
    expectClose(dgamma, expected.dgamma, GRADIENT);
    expectClose(dbeta, expected.dbeta, GRADIENT);
  });

  test.each([0.5, -0.5])('a learned epsilon of %d adds its absolute value', learned => {
    const shape = [2, 3, 2, 4];
    const [x, v] = [1, 2].map(seed => tf.tensor(random(48, seed, 1, 2), shape));
    const gamma = tf.tensor1d(random(4, 3));
    const beta = tf.tensor1d(random(4, 4));
    const config = {gamma, beta};
    const one = (x: tf.Tensor) => tfn.filterResponseNorm(x, {...config, epsilon: 0.75});
    const two = (x: tf.Tensor) =>
      tfn.filterResponseNorm(x, {...config, epsilon: 0.25, learnedEpsilon: [learned]});
    expectClose(two(x), one(x), VALUE);
    const gradient = (f: typeof one) => (x: tf.Tensor) => tf.grad(x => tf.pow(f(x), 3))(x);
    expectClose(gradient(two)(x), gradient(one)(x), GRADIENT);
    const second = (f: typeof one) => tf.grad(gradient(f))(x, v);
    expectClose(second(two), second(one), GRADIENT);
  });

  test('takes arrays and an empty batch, and leaves nothing behind', () => {
    const before = tf.memory().numTensors;
    for (const learnedEpsilon of [null, 0.1]) {
      const ones = tfn.filterResponseNorm([[[3], [3]]], {axis: 1, learnedEpsilon, epsilon: 0});
      expectClose(ones, learnedEpsilon == null ? [1, 1] : Array(2).fill(3 / Math.sqrt(9.1)), VALUE);
      const empty = tfn.filterResponseNorm(tf.zeros([0, 2, 2, 3]), {learnedEpsilon});
      expect(empty.shape).toEqual([0, 2, 2, 3]);
      tf.dispose([ones, empty]);
    }
    // The empty inputs are the test's own.
    expect(tf.memory().numTensors).toBe(before + 2);
  });
});
