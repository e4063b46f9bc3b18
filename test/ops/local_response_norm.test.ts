/** Beside that of tfjs, and its two ways beside each other; golden.test.ts compares with PyTorch. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';

const VALUE = 2e-6;
const GRADIENT = 1e-5;
const CONFIG = {depthRadius: 2, bias: 1.5, alpha: 0.3, beta: 0.75};

type Op = (x: tf.Tensor) => tf.Tensor;
const ours: Op = x => tfn.localResponseNorm(x, CONFIG);

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test('has the values of tfjs, with its defaults, and the second derivative that it lacks', () => {
    const x = normal([2, 3, 4, 14], 1, 0, 1) as tf.Tensor4D;
    expectClose(tfn.localResponseNorm(x), tf.localResponseNormalization(x), VALUE);
    const {depthRadius, bias, alpha, beta} = CONFIG;
    const tfjs: Op = x =>
      tf.localResponseNormalization(x as tf.Tensor4D, depthRadius, bias, alpha, beta);
    expectClose(ours(x), tfjs(x), VALUE);
    const secondOf = (op: Op) => tf.grad(x => tf.sum(tf.square(tf.grad(op)(x))))(x);
    expect(() => secondOf(tfjs)).toThrow('gradient function not found for LRNGrad');
    expect(secondOf(ours).shape).toEqual(x.shape);
  });

  test('its two ways have the same gradient, of third order too', () => {
    const x = normal([3, 6], 1, 0, 1);
    const reference: Op = x => {
      const padded = tf.pad(tf.square(x) as tf.Tensor2D, [
        [0, 0],
        [2, 2],
      ]);
      const shifted = [0, 1, 2, 3, 4].map(i => tf.slice(padded, [0, i], [3, 6]));
      const base = tf.add(CONFIG.bias, tf.mul(CONFIG.alpha, tf.addN(shifted)));
      return tf.mul(x, tf.pow(base, -CONFIG.beta));
    };
    const first = (f: Op): Op => tf.grad(f);
    const weigh =
      (f: Op): Op =>
      x =>
        tf.mul(f(x), x);
    const second = (f: Op) => first(weigh(first(weigh(f))));
    const third = (f: Op) => first(weigh(second(f)));
    expectClose(ours(x), reference(x), VALUE);
    for (const derivative of [first, second, third]) {
      expectClose(derivative(ours)(x), derivative(reference)(x), GRADIENT);
    }
  });
});
