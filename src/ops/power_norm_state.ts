import * as tf from '@tensorflow/tfjs-core';
import {check, show} from '../check.js';

interface Variables {
  /** The running mean square of each channel, `[channels]`. */
  phi: tf.Variable;
  /** The running correction of the approximate backward pass, `[channels]`. */
  nu: tf.Variable;
  /** The number of training steps so far: an int32 scalar. */
  step: tf.Variable;
}

/**
 * The memory of power normalization between its steps, which the op updates in place: `phi` and `nu`
 * for each channel, and the number of steps.
 */
// Not an interface, which tf.dispose does not take; not a type literal, which loses its comments in
// the built declarations.
export type PowerNormState = Readonly<Variables>;

/**
 * The state from which power normalization of so many channels starts: `phi` 1, `nu` 0, `step` 0.
 * These are three variables, not trainable, which the caller saves and disposes of.
 *
 * ```js
 * const state = tfn.powerNormState(64);
 * ```
 *
 * @throws If channels is not an integer of at least 0.
 */
export function powerNormState(channels: number): PowerNormState {
  check(
    Number.isInteger(channels) && channels >= 0,
    'powerNormState',
    () => `channels must be an integer of at least 0, but is ${show(channels)}.`,
  );
  return {
    phi: tf.tidy(() => tf.variable(tf.ones([channels]), false)),
    nu: tf.tidy(() => tf.variable(tf.zeros([channels]), false)),
    step: tf.tidy(() => tf.variable(tf.scalar(0, 'int32'), false)),
  };
}

/** The number of the coming step. Only the CPU ever writes it, so no GPU is waited for. */
export const nextStep = ({step}: PowerNormState): number => step.dataSync()[0] + 1;

type PhiRules = {alphaForward: number; warmupSteps: number; guard: boolean};

/** The forward pass's part: in warm-up `phi` is the mean of all batches so far, then it decays. */
export function movePhi(state: PowerNormState, meanSquare: tf.Tensor, rules: PhiRules): void {
  const {alphaForward, warmupSteps, guard} = rules;
  const step = nextStep(state);
  tf.tidy(() => {
    // In this order in the authors' code: the decay comes on top of the warm-up's mean.
    const start = step < warmupSteps ? weighted(state.phi, meanSquare, 1 - 1 / step) : state.phi;
    write(state.phi, weighted(start, meanSquare, alphaForward), guard);
    state.step.assign(tf.scalar(step, 'int32'));
  });
}

const weighted = (kept: tf.Tensor, added: tf.Tensor, weight: number): tf.Tensor =>
  tf.add(tf.mul(kept, weight), tf.mul(added, 1 - weight));

type NuRules = {alphaBackward: number; guard: boolean};

/**
 * The backward pass's part, `nu + rate * (lambda - nu * power)`, with `lambda` the mean of
 * gradient times z, `power` the mean of z².
 *
 * Each step multiplies `nu` by 1 - rate * power, so it diverges where power > 2 / rate. The guard
 * keeps rate * power at 1 at most.
 */
export function moveNu(
  {nu}: PowerNormState,
  lambda: tf.Tensor,
  power: tf.Tensor,
  {alphaBackward, guard}: NuRules,
): void {
  tf.tidy(() => {
    const rate = 1 - alphaBackward;
    const guarded = guard ? tf.minimum(rate, tf.reciprocal(tf.maximum(power, 1))) : rate;
    write(nu, tf.add(nu, tf.mul(guarded, tf.sub(lambda, tf.mul(nu, power)))), guard);
  });
}

/** A batch that overflowed must not stay in the state forever. */
function write(variable: tf.Variable, value: tf.Tensor, guard: boolean): void {
  variable.assign(guard ? tf.where(tf.isFinite(value), value, variable) : value);
}
