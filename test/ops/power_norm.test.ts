/** Power normalization beside the port in float64, its masks, and its exact mode's derivatives. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/ops/index.js';
import {BACKENDS} from '../backends.js';
import {FLOAT32} from '../cases/case.js';
import {powerNormCases} from '../cases/power_norm.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';

const data = (shape: number[], seed = 1, std = 1) => normal(shape, seed, 0.5, std);

beforeAll(() => tf.setBackend(BACKENDS[0]));

test('inference divides by the root of the group and by that of phi', () => {
  const x = data([16, 6]);
  const y = tfn.powerNorm(x, tfn.powerNormState(6), {epsilon: 0.5});
  expectClose(y, tf.div(tfn.rmsNorm(x, {epsilon: 0.5}), Math.sqrt(1.5)), 1e-6);
});

test('a mask of ones changes nothing, whatever its type and rank', () => {
  const x = data([4, 3, 2, 6]);
  const run = (mask?: tf.Tensor) => tfn.powerNorm(x, tfn.powerNormState(6), {mask, training: true});
  for (const mask of [tf.ones([4, 3, 2]), tf.ones([4, 3], 'bool'), tf.ones([4], 'int32')]) {
    expectClose(run(mask), run(), 1e-6);
  }
});

test.each([7, NaN, Infinity])('padding of %d changes neither state nor gradient', padding => {
  const positions = [0, 1, 3];
  const mask = tf.tensor([1, 1, 0, 1, 0, 0], [2, 3]);
  const step = (padding: number) => {
    const state = tfn.powerNormState(6);
    const isCounted = tf.cast(tf.expandDims(mask, -1), 'bool');
    const filled = tf.where(isCounted, data([2, 3, 6]), tf.fill([2, 3, 6], padding));
    const counted = (t: tf.Tensor) => tf.gather(tf.reshape(t, [6, 6]), positions);
    const dx = tf.grad(x => {
      const y = tfn.powerNorm(x, state, {mask, training: true, guard: false});
      return tf.sum(tf.square(tf.sub(counted(y), 1)));
    })(filled);
    return [state.phi, state.nu, counted(dx)];
  };
  const expected = step(1);
  step(padding).forEach((found, i) => expectClose(found, expected[i], 1e-6));
});

test.each([0, 50])(
  'the exact mode agrees with finite differences and has a second derivative after step %d',
  step => {
    const [x, v, weights, gamma] = [1, 9, 7, 8].map(seed => data(seed === 8 ? [4] : [5, 4], seed));
    for (const mask of [null, tf.tensor1d([1, 1, 0, 1, 1])]) {
      const f = (x: tf.Tensor) => {
        const state = tfn.powerNormState(4);
        state.phi.assign(tf.tensor1d([0.5, 2, 1.5, 1]));
        state.step.assign(tf.scalar(step, 'int32'));
        const config = {groups: 2, warmupSteps: 20, backwardMode: 'exact', training: true} as const;
        const y = tfn.powerNorm(x, state, {...config, gamma, mask});
        return tf.sum(tf.mul(tf.square(y), weights));
      };
      const along = (g: (x: tf.Tensor) => tf.Tensor) => {
        const h = 1e-2;
        const at = (step: number) => g(tf.add(x, tf.mul(v, step)));
        // Five points: in float32 two would leave three digits.
        const near = tf.sub(at(h), at(-h));
        const far = tf.sub(at(2 * h), at(-2 * h));
        return tf.div(tf.sub(tf.mul(near, 8), far), 12 * h);
      };
      const first = (x: tf.Tensor) => tf.sum(tf.mul(tf.grad(f)(x), v));
      expectClose(first(x), along(f), 1e-3);
      expectClose(tf.grad(first)(x), along(tf.grad(f)), 1e-3);
    }
  },
);

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(powerNormCases(FLOAT32.forward))('the port in float64: $name', ({run}) => run());
});
