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
