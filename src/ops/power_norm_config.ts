/** The options of power normalization and the checks of them. */
import * as tf from '@tensorflow/tfjs-core';
import {
  check,
  checkAxis,
  checkFlags,
  checkNumeric,
  checkRank,
  checkShare,
  show,
  showShape,
} from '../check.js';
import type {PowerNormState} from './power_norm_state.js';

/**
 * The gradient of power normalization: 'reference' is that of the authors' code, 'paper' is the
 * paper's Algorithm 2, 'exact' is the true gradient, with `phi` a constant.
 */
export type PowerNormBackwardMode = 'reference' | 'paper' | 'exact';

/** The options of `powerNorm`. */
export interface PowerNormConfig {
  /** Multiplies the normalized values, `[channels]`. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added last, `[channels]`. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to every mean square. Defaults to 1e-5. */
  epsilon?: number;
  /** The share of `phi` that stays at each step. Defaults to 0.9. */
  alphaForward?: number;
  /** The share of `nu` that stays at each step. Defaults to 0.9. */
  alphaBackward?: number;
  /** For so many steps the batch's own mean square divides, not `phi`. Defaults to 10000. */
  warmupSteps?: number;
  /**
   * How many groups the channels form for the scaling beforehand, which divides each group at each
   * position by its root mean square; 0 for no scaling. Defaults to 1, as in the authors' code.
   * These are not the groups of `groupNorm`: the statistics remain those of single channels.
   */
  groups?: number;
  /**
   * The gradient: 'reference', the default, is that of the authors' code, 'paper' the paper's
   * Algorithm 2, 'exact' the true one, with `phi` a constant. Only 'exact' has a second derivative.
   */
  backwardMode?: PowerNormBackwardMode;
  /** Whether to keep `nu` from diverging, and the state finite. Defaults to true. */
  guard?: boolean;
  /**
   * Says which positions count: 1 or true for those that do, 0 or false for padding. It has the
   * shape of `x` without the channels, or of the leading axes of that: unlike in `groupNorm`, a
   * position counts with all its channels or not at all, since the scaling mixes them. Other values
   * are taken for 1. Defaults to none: all positions count.
   */
  mask?: tf.Tensor | tf.TensorLike | null;
  /** Whether to use the batch and update the state. Defaults to false: divide by `phi`. */
  training?: boolean;
}

export type PowerNormOptions = Required<
  Omit<PowerNormConfig, 'gamma' | 'beta' | 'mask' | 'training'>
>;

/** Checks what a caller can get wrong, before any state moves. */
export function checkedOptions(
  op: string,
  shape: readonly number[],
  state: PowerNormState,
  config: PowerNormConfig,
): PowerNormOptions {
  const {
    axis = -1,
    epsilon = 1e-5,
    alphaForward = 0.9,
    alphaBackward = 0.9,
    warmupSteps = 10000,
    groups = 1,
    backwardMode = 'reference',
    guard = true,
  } = config;
  checkFlags(op, config, ['guard', 'training']);
  checkRank(op, shape, 1);
  const channelAxis = checkAxis(op, axis, shape.length);
  const channels = shape[channelAxis];
  checkShare(op, 'alphaForward', alphaForward);
  checkShare(op, 'alphaBackward', alphaBackward);
  checkWarmup(op, warmupSteps);
  checkScalingGroups(op, groups, channels);
  checkBackwardMode(op, backwardMode);
  checkVariable(op, 'state.phi', state?.phi, 'float32', [channels]);
  checkVariable(op, 'state.nu', state?.nu, 'float32', [channels]);
  checkVariable(op, 'state.step', state?.step, 'int32', []);
  const alphas = {alphaForward, alphaBackward};
  return {axis: channelAxis, epsilon, ...alphas, warmupSteps, groups, backwardMode, guard};
}

/** How long a warm-up lasts; Infinity for one without end. */
export function checkWarmup(op: string, steps: number): void {
  check(
    typeof steps === 'number' && steps >= 0,
    op,
    () => `warmupSteps must be a number of at least 0, but is ${show(steps)}.`,
  );
}

/** The groups of a scaling, which may be left out. */
export function checkScalingGroups(op: string, groups: number, channels: number): void {
  check(
    groups === 0 || (Number.isInteger(groups) && groups > 0 && channels % groups === 0),
    op,
    () =>
      `groups must be 0 or a positive integer that divides the ${channels} channels, ` +
      `but is ${show(groups)}.`,
  );
}

const BACKWARD_MODES = ['reference', 'paper', 'exact'];

/** The name of a backward pass of power normalization. */
export function checkBackwardMode(op: string, mode: string): void {
  check(
    BACKWARD_MODES.includes(mode),
    op,
    () => `backwardMode must be one of ${BACKWARD_MODES.join(', ')}, but is ${show(mode)}.`,
  );
}

/** A part of an op's state is a variable of this type and shape. */
function checkVariable(
  op: string,
  name: string,
  variable: unknown,
  dtype: tf.DataType,
  shape: readonly number[],
): void {
  const isVariable = variable instanceof tf.Variable && !variable.isDisposed;
  const given = isVariable ? (variable as tf.Tensor) : null;
  const came = () =>
    given == null ? show(variable) : `${given.dtype} of shape ${showShape(given.shape)}`;
  check(
    given?.dtype === dtype && tf.util.arraysEqual(given.shape, shape as number[]),
    op,
    () => `${name} must be a variable, ${dtype} of shape ${showShape(shape)}, but is ${came()}.`,
  );
}

/** Checks the mask of an input's positions, and gives its shape when it is broadcast against the input. */
export function checkMask(
  op: string,
  mask: unknown,
  shape: readonly number[],
  channelAxis: number,
): number[] {
  const given = checkNumeric(op, 'mask', mask);
  const positions = shape.filter((_, axis) => axis !== channelAxis);
  check(
    tf.util.arraysEqual(given, positions.slice(0, given.length)),
    op,
    () =>
      `mask must have the shape ${showShape(positions)} or that of its leading axes, ` +
      `but has ${showShape(given)}.`,
  );
  const aligned = positions.map((size, i) => (i < given.length ? size : 1));
  aligned.splice(channelAxis, 0, 1);
  return aligned;
}
