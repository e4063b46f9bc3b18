/** Against float64, and one epsilon that is two; layer_golden.test.ts compares with Addons. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {RMS} from '../../src/statistic.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';
import {expectNoLeak} from '../no_leak.js';
import {random} from '../random.js';
import {expectRight, inputsOf} from '../right.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each([
    [[2, 3, 4, 5], undefined, 3],
    [[2, 5, 3, 4], [-1, -2], 1],
    [[2, 7, 3], [1], 2],
    [[2, 3, 2, 2, 4], [1, 2, 3], 4],
  ])('%j over %j keeps examples and axis %d apart', async (shape, axis, channels) => {
    const reduced = [...shape.keys()].filter(i => i > 0 && i !== channels);
    const problem = {shape, reduced, params: [channels], statistic: RMS, epsilon: 1e-6};
    const op = (x: tf.Tensor, {gamma, beta}: tfn.FilterResponseNormConfig) =>
      tfn.filterResponseNorm(x, {axis, gamma, beta});
    await expectRight(op, problem, {...inputsOf(problem), beta: random(shape[channels], 5)});
  });

  test.each([0.5, -0.5])('a learned epsilon of %d adds its absolute value', learned => {
    const [x, v] = [1, 2].map(seed => normal([2, 3, 2, 4], seed));
    const [gamma, beta] = [3, 4].map(seed => normal([4], seed));
    const one = (x: tf.Tensor) => tfn.filterResponseNorm(x, {gamma, beta, epsilon: 0.75});
    const two = (x: tf.Tensor) =>
      tfn.filterResponseNorm(x, {gamma, beta, epsilon: 0.25, learnedEpsilon: [learned]});
    expectClose(two(x), one(x), 2e-6);
    const gradient = (f: typeof one) => (x: tf.Tensor) => tf.grad(x => tf.pow(f(x), 3))(x);
    expectClose(gradient(two)(x), gradient(one)(x), 1e-5);
    const second = (f: typeof one) => tf.grad(gradient(f))(x, v);
    expectClose(second(two), second(one), 1e-5);
  });

  test('takes arrays and an empty batch, and leaves nothing behind', () => {
    for (const learnedEpsilon of [null, 0.1]) {
      const config = {axis: 1, learnedEpsilon, epsilon: 0};
      const y = tfn.filterResponseNorm([[[3], [3]]], config);
      expectClose(y, Array(2).fill(3 / Math.sqrt(9 + (learnedEpsilon ?? 0))), 2e-6);
      const empty = tf.zeros([0, 2, 2, 3]);
      expect(tfn.filterResponseNorm(empty, {learnedEpsilon}).shape).toEqual([0, 2, 2, 3]);
      expectNoLeak(() => tf.dispose(tfn.filterResponseNorm(empty, {learnedEpsilon})));
      expectNoLeak(() => tf.dispose(tfn.filterResponseNorm([[[3], [3]]], config)));
    }
  });
});
