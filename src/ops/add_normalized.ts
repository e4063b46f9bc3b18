/** The common part of the ops that add a residual before they normalize. */
import * as tf from '@tensorflow/tfjs-core';
import {check, checkAxes, checkNumeric, checkRank, show, showShape} from '../check.js';
import {checkAffine, checkParam} from '../check_params.js';
import type {Options} from '../options.js';
import type {Statistic} from '../statistic.js';
import {AFFINE_OPTIONS, type AffineConfig} from './arguments.js';
import {normalized} from './normalized.js';

/** The options of the ops that add a residual. */
export interface AddNormConfig extends AffineConfig {
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** Multiplies the residual, as in DeepNorm. Defaults to 1. */
  alpha?: number;
  /**
   * Multiplies `x` before the residual is added, as in AdaLN-Zero. It has the shape of the features, or as many axes as
   * `x`, with 1 for each along which it does not vary. Defaults to none.
   */
  gate?: tf.Tensor | tf.TensorLike | null;
}

interface Outputs<T extends tf.Tensor> {
  /** The normalized sum, in the shape of `x`. */
  y: T;
  /** `alpha * residual + gate * x`: the residual of the next block. */
  sum: T;
}

/** The outputs of `addLayerNorm` and `addRmsNorm`: `y`, and the `sum` that was normalized. */
// Not an interface, which tf.tidy does not take; see BatchNormResult.
export type AddNormResult<T extends tf.Tensor> = Required<Outputs<T>>;

export const ADD_NORM_OPTIONS: Options<AddNormConfig> = {
  axis: true,
  alpha: true,
  gate: true,
  ...AFFINE_OPTIONS,
};

/** The shape of `x` and its axes to normalize over, when all arguments have passed the checks. */
export function checkAddNorm(
  op: string,
  x: unknown,
  residual: unknown,
  {axis = -1, alpha = 1, gate, epsilon, ...affine}: AddNormConfig & {epsilon: number},
): {shape: number[]; axes: number[]} {
  const shape = checkNumeric(op, 'x', x);
  checkRank(op, shape, 1);
  const given = checkNumeric(op, 'residual', residual);
  check(
    tf.util.arraysEqual(given, shape),
    op,
    () => `residual must have the shape of x, ${showShape(shape)}, but has ${showShape(given)}.`,
  );
  const axes = checkAxes(op, axis, shape.length);
  checkAffine(op, epsilon, affine, shape, axes);
  check(
    typeof alpha === 'number' && Number.isFinite(alpha),
    op,
    () => `alpha must be a finite number, but is ${show(alpha)}.`,
  );
  if (gate != null) checkParam(op, 'gate', gate, shape, axes);
  return {shape, axes};
}

/** Adds the residual and normalizes over `axes`; all arguments were checked. */
export function addNormalized<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  residual: T | tf.TensorLike,
  statistic: Statistic,
  axes: readonly number[],
  {axis: _, alpha = 1, gate, epsilon, ...affine}: AddNormConfig & {epsilon: number},
): AddNormResult<T> {
  const added = {residual, alpha, gate};
  const norm = {statistic, epsilon, reduced: axes, features: axes, added};
  const {y, sum} = normalized(x, norm, affine);
  return {y, sum} as AddNormResult<T>;
}
