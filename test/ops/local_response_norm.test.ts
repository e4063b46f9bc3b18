/** Both of its ways; layer_golden.test.ts compares with PyTorch in float64. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;
const CONFIG = {depthRadius: 2, bias: 1.5, alpha: 0.3, beta: 0.75};

const data = (shape: number[], seed = 1) =>
  tf.tensor(random(tf.util.sizeFromShape(shape), seed), shape);

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test('is that of tfjs, with its defaults', () => {
    const x = data([2, 3, 4, 14]) as tf.Tensor4D;
    expectClose(tfn.localResponseNorm(x), tf.localResponseNormalization(x), VALUE);
    const {depthRadius, bias, alpha, beta} = CONFIG;
    const tfjs = tf.localResponseNormalization(x, depthRadius, bias, alpha, beta);
    expectClose(tfn.localResponseNorm(x, CONFIG), tfjs, VALUE);
  });

  test('has the gradient of second order that tfjs has not', () => {
    const [x, v] = [data([2, 3, 4, 5]), data([2, 3, 4, 5], 2)];
    const secondOf = (f: (x: tf.Tensor) => tf.Tensor) =>
      tf.grad(x => tf.sum(tf.mul(tf.grad(f)(x), v)))(x);
    expect(() => secondOf(x => tf.localResponseNormalization(x as tf.Tensor4D))).toThrow(
      'gradient function not found for LRNGrad',
    );
    // Central differences of a float32 gradient: the step balances their errors of 1e-6 / step
    // and step ** 2. The Hessian is symmetric, so they are all of its product with v.
    const f = (x: tf.Tensor) => tfn.localResponseNorm(x, CONFIG);
    const step = 1e-2;
    const [after, before] = [1, -1].map(sign => tf.grad(f)(tf.add(x, tf.mul(v, sign * step))));
    expectClose(secondOf(f), tf.div(tf.sub(after, before), 2 * step), 2e-3);
  });

  test('its two ways have the same gradient, of third order too', () => {
    const x = data([3, 6]);
    const f = (x: tf.Tensor) => tfn.localResponseNorm(x, CONFIG);
    const reference = (x: tf.Tensor) => {
      const shifted = [0, 1, 2, 3, 4].map(i =>
        tf.slice(
          tf.pad(tf.square(x) as tf.Tensor2D, [
            [0, 0],
            [2, 2],
          ]),
          [0, i],
          [3, 6],
        ),
      );
      const base = tf.add(CONFIG.bias, tf.mul(CONFIG.alpha, tf.addN(shifted)));
      return tf.mul(x, tf.pow(base, -CONFIG.beta));
    };
    const first = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.grad(f)(x);
    const weigh = (f: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.mul(f(x), x);
    const second = (g: typeof f) => first(weigh(first(weigh(g))));
    const third = (g: typeof f) => first(weigh(second(g)));
    expectClose(f(x), reference(x), VALUE);
    expectClose(first(f)(x), first(reference)(x), GRADIENT);
    expectClose(second(f)(x), second(reference)(x), GRADIENT);
    expectClose(third(f)(x), third(reference)(x), GRADIENT);
  });

  test('takes any rank, integers, arrays and nothing at all', () => {
    const ones = [1, 1, 1].map(() => 1 / Math.sqrt(4));
    expectClose(tfn.localResponseNorm([1, 1, 1]), ones, VALUE);
    expectClose(tfn.localResponseNorm(tf.ones([1, 1, 1, 1, 3], 'int32')), ones, VALUE);
    expect(tfn.localResponseNorm(tf.zeros([2, 0])).shape).toEqual([2, 0]);
  });

  test('leaves nothing behind', () => {
    const x = data([2, 3, 6]);
    const f = (x: tf.Tensor) => tfn.localResponseNorm(x, CONFIG);
    const before = tf.memory().numTensors;
    tf.dispose([f(x), tf.grad(f)(x), tf.grad(x => tf.square(tf.grad(f)(x)))(x)]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
