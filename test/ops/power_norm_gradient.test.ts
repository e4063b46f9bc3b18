/** What power normalization equals where it should, and its exact mode's derivatives. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/ops/index.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';

const data = (shape: number[], seed = 1, std = 1) => normal(shape, seed, 0.5, std);

function stateOf(phi: tf.Tensor, step = 50): tfn.PowerNormState {
  const state = tfn.powerNormState(phi.size);
  state.phi.assign(tf.tensor1d(phi.dataSync()));
  state.step.assign(tf.scalar(step, 'int32'));
  return state;
}

describe('identities', () => {
  const x = data([16, 6], 1, 2);
  const meanSquare = tf.mean(tf.square(x), 0);
  const gamma = data([6], 2);
  const beta = data([6], 3);
  const plain = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
    tf.add(tf.mul(tf.div(x, tf.sqrt(tf.add(meanSquare, 1e-5))), gamma), beta);
  const dy = data([16, 6], 4);

  test.each(['reference', 'paper', 'exact'] as const)(
    'with phi at the mean square of the batch it only scales: %s',
    backwardMode => {
      const state = stateOf(meanSquare);
      const config = {groups: 0, warmupSteps: 10, backwardMode, training: true};
      const inputs = [x, gamma, beta];
      const f = (...[x, gamma, beta]: tf.Tensor[]) =>
        tfn.powerNorm(x, state, {...config, gamma, beta});
      expectClose(f(...inputs), plain(x, gamma, beta), 1e-6);
      expectClose(state.phi, meanSquare, 1e-6);
      // nu is 0, so that the gradient is that of a constant factor in every mode.
      const grads = tf.grads((...args: tf.Tensor[]) => f(...args))(inputs, dy);
      const expected = tf.grads(plain as (...args: tf.Tensor[]) => tf.Tensor)(inputs, dy);
      grads.forEach((grad, i) => expectClose(grad, expected[i], 1e-5));
    },
  );

  test('one group scales as rmsNorm', () => {
    const y = tfn.powerNorm(x, stateOf(tf.ones([6])));
    const scaled = tfn.rmsNorm(x, {epsilon: 1e-5});
    expectClose(y, tf.div(scaled, Math.sqrt(1 + 1e-5)), 1e-6);
  });

  test('PN-V is batchNorm of a batch that has no mean', () => {
    const centered = tf.sub(x, tf.mean(x, 0));
    // The rows and their negatives, so that no gradient goes through the mean.
    const both = tf.concat([centered, tf.neg(centered)]);
    const pnv = {groups: 0, warmupSteps: Infinity, backwardMode: 'exact', training: true} as const;
    const state = stateOf(tf.ones([6]), 1_000_000);
    const y = tfn.powerNorm(both, state, {...pnv, gamma, beta});
    const batch = tfn.batchNorm(both, {epsilon: 1e-5, gamma, beta});
    expectClose(y, batch.y, 1e-5);
    expectClose(state.phi, tf.add(tf.mul(batch.variance, 0.1), 0.9), 1e-5);
  });

  test('a mask of ones changes nothing, whatever its type and rank', () => {
    const x = data([4, 3, 2, 6]);
    const config = {training: true} as const;
    const expected = tfn.powerNorm(x, stateOf(tf.ones([6])), config);
    for (const mask of [tf.ones([4, 3, 2]), tf.ones([4, 3], 'bool'), tf.ones([4], 'int32')]) {
      expectClose(tfn.powerNorm(x, stateOf(tf.ones([6])), {...config, mask}), expected, 1e-6);
    }
  });

  test('what is padded changes neither the state nor the other positions', () => {
    const mask = tf.tensor2d([
      [1, 1, 0],
      [1, 0, 0],
    ]);
    const step = (padding: number) => {
      const state = tfn.powerNormState(6);
      const filled = tf.where(
        tf.cast(tf.expandDims(mask, -1), 'bool'),
        data([2, 3, 6]),
        tf.fill([2, 3, 6], padding),
      );
      const counted = (t: tf.Tensor) => tf.gather(tf.reshape(t, [6, 6]), [0, 1, 3]);
      const dx = tf.grad(x => {
        const y = tfn.powerNorm(x, state, {mask, training: true, guard: false});
        return tf.sum(tf.square(tf.sub(counted(y), 1)));
      })(filled);
      return {state, dx: counted(dx)};
    };
    const one = step(1);
    for (const other of [7, NaN, Infinity].map(step)) {
      expectClose(one.state.phi, other.state.phi, 1e-6);
      expectClose(one.state.nu, other.state.nu, 1e-6);
      expectClose(one.dx, other.dx, 1e-6);
    }
  });
});

describe('the exact mode', () => {
  const CASES: Array<[string, number, tf.Tensor | null]> = [
    ['in warm-up', 0, null],
    ['after it', 50, null],
    ['in warm-up, masked', 0, tf.tensor1d([1, 1, 0, 1, 1])],
    ['after it, masked', 50, tf.tensor1d([1, 1, 0, 1, 1])],
  ];

  test.each(CASES)(
    'agrees with finite differences and has a second derivative: %s',
    (_, at, mask) => {
      const phi = tf.tensor1d([0.5, 2, 1.5, 1]);
      const weights = data([5, 4], 7);
      const gamma = data([4], 8);
      const f = (x: tf.Tensor) => {
        const state = stateOf(phi, at);
        const config = {groups: 2, warmupSteps: 20, backwardMode: 'exact', training: true} as const;
        const y = tfn.powerNorm(x, state, {...config, gamma, mask});
        return tf.sum(tf.mul(tf.square(y), weights)) as tf.Scalar;
      };
      const x = data([5, 4]);
      const v = data([5, 4], 9);
      const along = (g: (x: tf.Tensor) => tf.Tensor) => {
        const h = 1e-2;
        const at = (step: number) => g(tf.add(x, tf.mul(v, step)));
        // Five points: in float32 two would leave three digits.
        const near = tf.sub(at(h), at(-h));
        const far = tf.sub(at(2 * h), at(-2 * h));
        return tf.div(tf.sub(tf.mul(near, 8), far), 12 * h);
      };
      const gradient = tf.grad(f);
      const first = tf.sum(tf.mul(gradient(x), v));
      expect(Math.abs(first.dataSync()[0] / along(f).dataSync()[0] - 1)).toBeLessThan(1e-3);
      const second = tf.grad(x => tf.sum(tf.mul(gradient(x), v)))(x);
      expectClose(second, along(gradient), 1e-3);
    },
  );
});
