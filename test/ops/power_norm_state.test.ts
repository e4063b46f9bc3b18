/** What moves the state of power normalization, what does not, and what the guard prevents. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/ops/index.js';
import {expectClose} from '../close.js';
import {normal} from '../models.js';
import {expectNoLeak} from '../no_leak.js';

type State = tfn.PowerNormState;

const data = (shape: number[], seed = 1, std = 1) => normal(shape, seed, 0.5, std);
const MODES = ['reference', 'paper', 'exact'] as const;

const read = ({phi, nu, step}: State) => [phi, nu, step].map(t => Array.from(t.dataSync()));
const START = [[1, 1, 1], [0, 0, 0], [0]];

/** A loss of which the gradient is not the same everywhere. */
const loss = (x: tf.Tensor, state: State, config: tfn.PowerNormConfig = {}): tf.Tensor =>
  tf.sum(tf.square(tf.sub(tfn.powerNorm(x, state, {training: true, ...config}), 1)));

/** A state in the middle of a training. */
function trained(step = 50): State {
  const state = tfn.powerNormState(3);
  state.phi.assign(tf.tensor1d([0.5, 2, 1.5]));
  state.nu.assign(tf.tensor1d([0.1, -0.2, 0.3]));
  state.step.assign(tf.scalar(step, 'int32'));
  return state;
}

describe('the state', () => {
  test('starts at phi 1, nu 0, step 0', () => {
    expect(read(tfn.powerNormState(3))).toEqual(START);
  });

  test('moves with a training step, each part in its pass', () => {
    const state = tfn.powerNormState(3);
    let phi: unknown;
    tf.grad(x => {
      const result = loss(x, state);
      expect(read(state)[1]).toEqual([0, 0, 0]);
      phi = read(state)[0];
      return result;
    })(data([8, 3]));
    expect(phi).not.toEqual([1, 1, 1]);
    expect(read(state)[0]).toEqual(phi);
    expect(read(state)[1]).not.toEqual([0, 0, 0]);
    expect(read(state)[2]).toEqual([1]);
  });

  test('of a forward pass alone: nu stays', () => {
    const state = tfn.powerNormState(3);
    tfn.powerNorm(data([8, 3]), state, {training: true});
    expect(read(state)[1]).toEqual([0, 0, 0]);
    expect(read(state)[2]).toEqual([1]);
  });

  test.each(MODES)('stays at inference and is not trained: %s', backwardMode => {
    const state = trained();
    const before = read(state);
    const x = data([8, 3]);
    tf.grad(x => loss(x, state, {training: false, backwardMode}))(x);
    expect(read(state)).toEqual(before);
    expect([state.phi, state.nu, state.step].map(({trainable}) => trainable)).not.toContain(true);
  });

  test('stays for an empty batch', () => {
    const state = trained();
    const before = read(state);
    expect(tfn.powerNorm(tf.zeros([0, 3]), state, {training: true}).shape).toEqual([0, 3]);
    expect(read(state)).toEqual(before);
  });

  test('stays where all is padding, but for what a batch without gradient takes of nu', () => {
    const state = trained();
    const before = read(state);
    const mask = tf.zeros([8]);
    const dx = tf.grad(x => loss(x, state, {mask}))(data([8, 3]));
    expectClose(state.phi, before[0], 1e-6);
    expectClose(state.nu, tf.mul(before[1], 0.9), 1e-4);
    expect(dx.dataSync().every(Number.isFinite)).toBe(true);
  });

  test.each(MODES)('stays if a call throws: %s', backwardMode => {
    const state = trained();
    const before = read(state);
    const x = data([8, 3]);
    const wrong = [{gamma: [1]}, {mask: [1]}, {groups: 2}, {epsilon: -1}];
    for (const config of wrong) {
      expect(() => tf.grad(x => loss(x, state, {...config, backwardMode}))(x)).toThrow('powerNorm');
    }
    expect(read(state)).toEqual(before);
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
    expect(() => tf.grad(f)(data([8, 3]))).toThrow('lost');
    expect(read(state)[1]).toEqual([0, 0, 0]);
    expect(read(state)[2]).toEqual([1]);
  });

  test.each(MODES)('stays within a gradient of a gradient: %s', backwardMode => {
    for (const step of [0, 50]) {
      const state = trained(step);
      const before = read(state);
      const first = tf.grad(x => loss(x, state, {backwardMode, warmupSteps: 20}));
      tf.grad(x => tf.sum(tf.square(first(x))))(data([8, 3]));
      expect(read(state)).toEqual(before);
    }
  });

  test('moves once a forward pass, though a layer be used twice', () => {
    const x = data([8, 3]);
    const [twice, separate] = [tfn.powerNormState(3), tfn.powerNormState(3)];
    tf.grad(x => tf.add(loss(x, twice), loss(x, twice)))(x);
    expect(read(twice)[2]).toEqual([2]);
    for (let i = 0; i < 2; i++) tf.grad(x => loss(x, separate))(x);
    expectClose(twice.phi, separate.phi, 1e-6);
    expectClose(twice.nu, separate.nu, 1e-6);
  });

  test.each(MODES)('of exact gradients has no nu, of the others it has: %s', backwardMode => {
    const state = tfn.powerNormState(3);
    tf.grad(x => loss(x, state, {backwardMode}))(data([8, 3]));
    const hasNu = read(state)[1].some(value => value !== 0);
    expect(hasNu).toBe(backwardMode !== 'exact');
  });
});

describe('the guard', () => {
  // mean(z²) is far above 2 / (1 - alphaBackward) = 20: phi is slow, and the input has grown.
  const grown = (guard: boolean) => {
    const state = tfn.powerNormState(3);
    const config = {training: true, groups: 0, warmupSteps: 0, alphaForward: 1, guard};
    const largest: number[] = [];
    for (let step = 0; step < 200; step++) {
      const dx = tf.tidy(() =>
        tf.grad(x => tf.mean(tfn.powerNorm(x, state, config)))(data([64, 3], step, 5)),
      );
      largest.push(tf.max(tf.abs(dx)).dataSync()[0]);
    }
    return {largest, nu: read(state)[1]};
  };

  test('keeps nu and the gradient small where they blow up without it', () => {
    const [guarded, unguarded] = [grown(true), grown(false)];
    expect(Math.max(...guarded.largest)).toBeLessThan(1);
    expect(Math.max(...guarded.nu.map(Math.abs))).toBeLessThan(1);
    expect(unguarded.nu.every(nu => !(Math.abs(nu) < 1e9))).toBe(true);
    expect(unguarded.largest.at(-1)).not.toBeLessThan(1e9);
  });

  test('changes nothing where mean(z²) is below 1 / (1 - alphaBackward)', () => {
    const [guarded, unguarded] = [trained(), trained()];
    for (let step = 0; step < 20; step++) {
      const x = data([8, 3], step);
      tf.grad(x => loss(x, guarded, {warmupSteps: 0}))(x);
      tf.grad(x => loss(x, unguarded, {warmupSteps: 0, guard: false}))(x);
    }
    expect(read(guarded)).toEqual(read(unguarded));
  });

  test('keeps a batch that is not finite out of the state', () => {
    const x = tf.tensor2d([[NaN, 1, 2]]);
    for (const guard of [true, false]) {
      const state = trained();
      const before = read(state);
      tf.grad(x => loss(x, state, {groups: 0, guard}))(x);
      const [phi, nu, step] = read(state);
      expect(Number.isFinite(phi[0])).toBe(guard);
      expect(Number.isFinite(nu[0])).toBe(guard);
      expect([phi[1], nu[1]].every(Number.isFinite)).toBe(true);
      expect(phi[1]).not.toBe(before[0][1]);
      expect(step).toEqual([51]);
    }
  });
});

describe('memory', () => {
  test.each(MODES)('a training step leaves nothing behind: %s', backwardMode => {
    const x = data([8, 3]);
    const mask = tf.tensor1d([1, 1, 1, 1, 1, 1, 0, 0]);
    const state = tfn.powerNormState(3);
    for (const config of [{}, {mask}, {training: false}]) {
      expectNoLeak(() => tf.dispose(tf.grad(x => loss(x, state, {backwardMode, ...config}))(x)));
      expectNoLeak(() => tf.dispose(tfn.powerNorm(x, state, {backwardMode, ...config})));
    }
  });
});
