/** One epsilon that is two; golden.test.ts compares with Addons. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  // The last has long sums over axes that lie apart.
  test.each([
    {learned: 0.5, shape: [2, 3, 2, 4], axis: [1, 2]},
    {learned: -0.5, shape: [2, 3, 2, 4], axis: [1, 2]},
    {learned: 0.5, shape: [2, 5, 4, 5, 5, 6], axis: [1, 3, 4, 5]},
  ])('a learned epsilon adds its absolute value: %j', ({learned, shape, axis}) => {
    const [x, v] = [1, 2].map(seed => normal(shape, seed));
    const [gamma, beta] = [3, 4].map(seed => normal([4], seed));
    const one = (x: tf.Tensor) => tfn.filterResponseNorm(x, {axis, gamma, beta, epsilon: 0.75});
    const two = (x: tf.Tensor) =>
      tfn.filterResponseNorm(x, {axis, gamma, beta, epsilon: 0.25, learnedEpsilon: [learned]});
    expectClose(two(x), one(x), 2e-6);
    const gradient = (f: typeof one) => (x: tf.Tensor) => tf.grad(x => tf.pow(f(x), 3))(x);
    expectClose(gradient(two)(x), gradient(one)(x), 1e-5);
    const second = (f: typeof one) => tf.grad(gradient(f))(x, v);
    expectClose(second(two), second(one), 1e-5);
  });
});
