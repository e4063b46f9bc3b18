/** The state of power normalization: what moves it, what does not, and what the guard prevents. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/ops/index.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

type State = tfn.PowerNormState;
const MODES = ['reference', 'paper', 'exact'] as const;

const data = (shape: number[], seed = 1, std = 1) => normal(shape, seed, 0.5, std);
const x = data([8, 3]);
const read = ({phi, nu, step}: State) => [phi, nu, step].map(t => Array.from(t.dataSync()));

/** A loss of which the gradient is not the same everywhere. */
const loss = (x: tf.Tensor, state: State, config: tfn.PowerNormConfig = {}): tf.Tensor =>
  tf.sum(tf.square(tf.sub(tfn.powerNorm(x, state, {training: true, ...config}), 1)));
const gradient = (x: tf.Tensor, state: State, config?: tfn.PowerNormConfig) =>
  tf.grad(x => loss(x, state, config))(x);

/** A state in the middle of a training. */
function trained(step = 50): State {
  const state = tfn.powerNormState(3);
  state.phi.assign(tf.tensor1d([0.5, 2, 1.5]));
  state.nu.assign(tf.tensor1d([0.1, -0.2, 0.3]));
  state.step.assign(tf.scalar(step, 'int32'));
  return state;
}

describe('the state', () => {
  test('starts at phi 1, nu 0, step 0, and moves with a training step, each part in its pass', () => {
    const state = tfn.powerNormState(3);
    expect(read(state)).toEqual([[1, 1, 1], [0, 0, 0], [0]]);
    let forward: number[][] = [];
    tf.grad(x => {
      const result = loss(x, state);
      forward = read(state);
      return result;
    })(x);
    const [phi, nu, step] = read(state);
    expect(forward).toEqual([phi, [0, 0, 0], [1]]);
    expect(phi).not.toEqual([1, 1, 1]);
    expect(nu).not.toEqual([0, 0, 0]);
    expect(step).toEqual([1]);
  });

  test.each(MODES)('stays at inference, and if a call throws: %s', backwardMode => {
    const state = trained();
    const before = read(state);
    gradient(x, state, {training: false, backwardMode});
    for (const config of [{gamma: [1]}, {mask: [1]}, {groups: 2}, {epsilon: -1}]) {
      expect(() => gradient(x, state, {...config, backwardMode})).toThrow('powerNorm');
    }
    expect(read(state)).toEqual(before);
    expect(Object.values(state).some(({trainable}) => trainable)).toBe(false);
  });

  test('stays where all is padding, but for what a batch without gradient takes of nu', () => {
    const state = trained();
    const before = read(state);
    const dx = gradient(x, state, {mask: tf.zeros([8])});
    expectClose(state.phi, before[0], 1e-6);
    expectClose(state.nu, tf.mul(before[1], 0.9), 1e-4);
    expect(dx.dataSync().every(Number.isFinite)).toBe(true);
  });

  test('keeps the forward part, and nu, if the backward pass fails on its way', () => {
    const state = tfn.powerNormState(3);
    const failing = tf.customGrad(y => ({
      value: tf.sum(y as tf.Tensor),
      gradFunc: () => {
        throw new Error('lost');
      },
    }));
    const f = (x: tf.Tensor) => failing(tfn.powerNorm(x, state, {training: true}));
    expect(() => tf.grad(f)(x)).toThrow('lost');
    expect(read(state).slice(1)).toEqual([[0, 0, 0], [1]]);
  });

  test.each(MODES)('stays within a gradient of a gradient: %s', backwardMode => {
    for (const step of [0, 50]) {
      const state = trained(step);
      const before = read(state);
      const config = {backwardMode, warmupSteps: 20};
      tf.grad(x => tf.sum(tf.square(gradient(x, state, config))))(x);
      expect(read(state)).toEqual(before);
    }
  });

  test('moves once a forward pass, though a layer be used twice', () => {
    const [twice, separate] = [tfn.powerNormState(3), tfn.powerNormState(3)];
    tf.grad(x => tf.add(loss(x, twice), loss(x, twice)))(x);
    for (let i = 0; i < 2; i++) gradient(x, separate);
    expect(read(twice)[2]).toEqual([2]);
    expectClose(twice.phi, separate.phi, 1e-6);
    expectClose(twice.nu, separate.nu, 1e-6);
  });

  test.each(MODES)('has a nu unless its gradient is exact, and leaves nothing behind: %s', mode => {
    const state = tfn.powerNormState(3);
    const config = {backwardMode: mode, mask: tf.tensor1d([1, 1, 1, 1, 1, 1, 0, 0])};
    expectNoLeak(() => tf.dispose(gradient(x, state, config)));
    expectNoLeak(() => tf.dispose(tfn.powerNorm(x, state, {...config, training: true})));
    expect(read(state)[1].some(value => value !== 0)).toBe(mode !== 'exact');
  });
});

describe('the guard', () => {
  // mean(z²) is far above 2 / (1 - alphaBackward) = 20: phi is slow, and the input has grown.
  const grown = (guard: boolean) => {
    const state = tfn.powerNormState(3);
    const config = {training: true, groups: 0, warmupSteps: 0, alphaForward: 1, guard};
    const largest: number[] = [];
    for (let step = 0; step < 200; step++) {
      tf.tidy(() => {
        const dx = tf.grad(x => tf.mean(tfn.powerNorm(x, state, config)))(data([64, 3], step, 5));
        largest.push(tf.max(tf.abs(dx)).dataSync()[0]);
      });
    }
    return {largest, nu: read(state)[1]};
  };

  test('keeps nu and the gradient small where they blow up without it', () => {
    const [guarded, unguarded] = [grown(true), grown(false)];
    expect(Math.max(...guarded.largest, ...guarded.nu.map(Math.abs))).toBeLessThan(1);
    expect(unguarded.nu.every(nu => !(Math.abs(nu) < 1e9))).toBe(true);
    expect(unguarded.largest.at(-1)).not.toBeLessThan(1e9);
  });

  test('changes nothing where mean(z²) is below 1 / (1 - alphaBackward)', () => {
    const [guarded, unguarded] = [true, false].map(guard => {
      const state = trained();
      for (let step = 0; step < 20; step++) {
        gradient(data([8, 3], step), state, {warmupSteps: 0, guard});
      }
      return read(state);
    });
    expect(guarded).toEqual(unguarded);
  });

  test.each([true, false])('keeps a batch that is not finite out of the state: %p', guard => {
    const state = trained();
    const before = read(state);
    gradient(tf.tensor2d([[NaN, 1, 2]]), state, {groups: 0, guard});
    const [phi, nu, step] = read(state);
    expect([phi[0], nu[0]].map(Number.isFinite)).toEqual([guard, guard]);
    expect([phi[1], nu[1]].every(Number.isFinite)).toBe(true);
    expect(phi[1]).not.toBe(before[0][1]);
    expect(step).toEqual([51]);
  });
});
