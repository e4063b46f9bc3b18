import type * as tf from '@tensorflow/tfjs-core';
import {checkChannelAxis, checkGroups, checkMask, checkNumeric, checkRank} from '../check.js';
import {checkAffine} from '../check_params.js';
import {MOMENTS} from '../statistic.js';
import {otherAxes} from '../view.js';
import {AFFINE_OPTIONS, type AffineConfig, type MaskConfig} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';
import {warnOfSingle} from './warn_of_single.js';

/** The options of `groupNorm`. */
export interface GroupNormConfig extends AffineConfig, MaskConfig {
  /**
   * How many groups the channels form; -1 for a group for each channel. Defaults to 32. These are
   * the groups that share a mean and variance; `powerNorm` has groups for its scaling instead.
   */
  groups?: number;
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to the variance. Defaults to 1e-3, as in Keras. */
  epsilon?: number;
}

function groupNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {groups = 32, axis = -1, epsilon = 1e-3, ...affine}: GroupNormConfig = {},
): T {
  return normalizeGroups('groupNorm', x, {groups, axis, epsilon, ...affine}) as T;
}

/** @internal Group normalization under the name of the op that asks for it. */
export function normalizeGroups(
  op: string,
  x: tf.Tensor | tf.TensorLike,
  {
    groups,
    axis,
    epsilon,
    mask,
    ...affine
  }: GroupNormConfig & {groups: number; axis: number; epsilon: number},
): tf.Tensor {
  const xShape = checkNumeric(op, 'x', x);
  checkRank(op, xShape, 2);
  const channelAxis = checkChannelAxis(op, axis, xShape.length);
  const channels = xShape[channelAxis];
  const count = checkGroups(op, groups, channels);
  const features = [channelAxis];
  checkAffine(op, epsilon, affine, xShape, features);
  checkMask(op, mask, xShape);

  // [n, ..., c, ...] is seen as [n, ..., groups, c / groups, ...], and reduced but for n and groups.
  const shape = [...xShape];
  shape.splice(channelAxis, 1, count, channels / count);
  const reduced = otherAxes([0, channelAxis], shape.length);
  const split = {axis: channelAxis, count};
  warnOfSingle(op, shape, reduced, xShape);
  return normalized(x, {statistic: MOMENTS, epsilon, features, split, reduced, mask}, affine).y;
}

/**
 * Group normalization: the channels of each example form groups, and each group is normalized by
 * its own mean and variance, [Wu & He 2018](https://arxiv.org/abs/1803.08494);
 * `keras.layers.GroupNormalization`.
 *
 *     x      [n, ..., channels]  or [n, channels, ...] with axis 1; any rank from 2 up
 *     gamma  [channels]          beta  [channels]
 *     result as x                (x - mean) / sqrt(variance + epsilon) * gamma + beta
 *
 * The mask may have other values than 0 and 1, as in Keras 2: the statistics are then weighted
 * averages. The statistics of a group without weight are 0. Where each group has a single value, as
 * with as many groups as channels and no positions, the result is 0, or beta, whatever `x` is; the
 * console says so once.
 *
 * One group is layer normalization over all axes but the first; a group for each channel
 * (`groups: -1`) is instance normalization.
 *
 * ```js
 * const x = tf.randomNormal([2, 8, 8, 64]);
 * tfn.groupNorm(x, {groups: 16}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `groups`, `axis`, `gamma`, `beta`, `epsilon` and `mask`.
 * @throws If the groups do not divide the channels, the axis is that of the batch or does not
 *     exist, or gamma, beta or the mask has another shape.
 */
export const groupNorm = /* @__PURE__ */ defineOp({groupNorm_}, ['x'], {
  groups: true,
  axis: true,
  epsilon: true,
  ...AFFINE_OPTIONS,
  mask: true,
});
