/** What power normalization can be asked for, and what of it is refused. */
import * as tf from '@tensorflow/tfjs-core';
import {
  check,
  checkAxis,
  checkEpsilon,
  checkFlags,
  checkRank,
  checkShare,
  show,
  showShape,
} from '../check.js';
import type {AffineConfig} from './arguments.js';
import type {PowerNormState} from './power_norm_state.js';

export type PowerNormBackwardMode = 'reference' | 'paper' | 'exact';

export type PowerNormConfig = AffineConfig & {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to every mean square. Defaults to 1e-5. */
  epsilon?: number;
  /** How much of `phi` stays at each step. Defaults to 0.9. */
  alphaForward?: number;
  /** How much of `nu` stays at each step. Defaults to 0.9. */
  alphaBackward?: number;
  /** For so many steps the batch's mean square divides, not `phi`. Defaults to 10000. */
  warmupSteps?: number;
  /**
   * Before all else, each position is divided by the root mean square of each of so many groups
   * of channels; 0 for no such scaling. Defaults to 1.
   */
  groups?: number;
  /**
   * What the gradient is. 'reference', the default: the authors' code. 'paper': the paper's
   * Algorithm 2. 'exact': the true gradient, with `phi` a constant; alone in having a second one.
   */
  backwardMode?: PowerNormBackwardMode;
  /** Keep `nu` from diverging, and what is not finite out of the state. Defaults to true. */
  guard?: boolean;
  /**
   * 1 or true where a position counts, 0 or false for padding: the shape of `x` without the
   * channels, or the leading axes of that. Defaults to all.
   */
  mask?: tf.Tensor | tf.TensorLike | null;
  /** Use the batch and update the state. Defaults to false: divide by `phi`. */
  training?: boolean;
};

export type PowerNormOptions = Required<
  Omit<PowerNormConfig, keyof AffineConfig | 'mask' | 'training'>
>;

/** Checks what a caller can get wrong, before any state moves. */
export function checkOptions(
  op: string,
  x: tf.Tensor,
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
  checkRank(op, x.shape, 1);
  const channelAxis = checkAxis(op, axis, x.rank);
  const channels = x.shape[channelAxis];
  checkEpsilon(op, epsilon);
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
export function checkVariable(
  op: string,
  name: string,
  variable: unknown,
  dtype: tf.DataType,
  shape: readonly number[],
): void {
  const given = variable instanceof tf.Variable ? (variable as tf.Tensor) : null;
  const came = () =>
    given == null ? show(variable) : `${given.dtype} of shape ${showShape(given.shape)}`;
  check(
    given?.dtype === dtype && tf.util.arraysEqual(given.shape, shape as number[]),
    op,
    () => `${name} must be a variable, ${dtype} of shape ${showShape(shape)}, but is ${came()}.`,
  );
}

/** The mask of an input's positions, in a shape that broadcasts against the input's. */
export function checkMask(
  op: string,
  mask: tf.Tensor,
  shape: readonly number[],
  channelAxis: number,
): tf.Tensor {
  const positions = shape.filter((_, axis) => axis !== channelAxis);
  check(
    tf.util.arraysEqual(mask.shape, positions.slice(0, mask.rank)),
    op,
    () =>
      `mask must have the shape ${showShape(positions)} or that of its leading axes, ` +
      `but has ${showShape(mask.shape)}.`,
  );
  const aligned = positions.map((size, i) => (i < mask.rank ? size : 1));
  aligned.splice(channelAxis, 0, 1);
  return tf.reshape(mask, aligned);
}
