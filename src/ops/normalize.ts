import type * as tf from '@tensorflow/tfjs-core';
import {check, checkAxes, checkMask, checkNumeric, checkRank, show} from '../check.js';
import {checkAffine} from '../check_params.js';
import {L1, L2, MOMENTS, RMS, type Statistic} from '../statistic.js';
import {AFFINE_OPTIONS, type AffineConfig, type MaskConfig} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';
import {warnOfSingle} from './warn_of_single.js';

/**
 * The measure that a group of elements is normalized by:
 *
 *     moments  its mean is subtracted, and its standard deviation divides
 *     rms      the root of its mean square divides
 *     l2, l1   its Euclidean norm, or the sum of its absolute values, divides
 */
export type StatisticName = 'moments' | 'rms' | 'l2' | 'l1';

/** Each statistic, and the default of epsilon: that of the op which is named after it. */
const STATISTICS: Readonly<Record<StatisticName, {statistic: Statistic; epsilon: number}>> = {
  moments: {statistic: MOMENTS, epsilon: 1e-3},
  rms: {statistic: RMS, epsilon: 1e-6},
  l2: {statistic: L2, epsilon: 1e-12},
  l1: {statistic: L1, epsilon: 1e-12},
};

/** The options of `normalize`. */
export interface NormalizeConfig extends AffineConfig, MaskConfig {
  /** The measure that each group is normalized by. Defaults to 'moments'. */
  statistic?: StatisticName;
  /**
   * The axis or axes over which the statistics are taken: elements that differ along these alone form a
   * group. Defaults to -1, the last one.
   */
  axis?: number | readonly number[];
  /** The axis or axes of the features, whose shape gamma and beta may have. Defaults to those of `axis`. */
  params?: number | readonly number[];
  /**
   * Added to the variance or the mean square; for 'l2' and 'l1' the least that divides. Defaults to 1e-3 for
   * 'moments', 1e-6 for 'rms', 1e-12 for 'l2' and 'l1'.
   */
  epsilon?: number;
}

const OP = 'normalize';

function normalize_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {statistic: name = 'moments', axis = -1, params, mask, ...others}: NormalizeConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  check(
    Object.hasOwn(STATISTICS, name),
    OP,
    () => `statistic must be one of ${Object.keys(STATISTICS).join(', ')}, but is ${show(name)}.`,
  );
  const reduced = checkAxes(OP, axis, shape.length);
  const features = params == null ? reduced : checkAxes(OP, params, shape.length, 'params');
  const {statistic, epsilon: usual} = STATISTICS[name];
  const {epsilon = usual, ...affine} = others;
  checkAffine(OP, epsilon, affine, shape, features);
  checkMask(OP, mask, shape);
  if (statistic.center) {
    warnOfSingle(OP, shape, reduced);
  }
  return normalized(x, {statistic, epsilon, reduced, features, mask}, affine).y as T;
}

/**
 * The normalization that all others are made of: any statistic over any axes, with parameters along any axes,
 * in fused kernels and with gradients of every order.
 *
 *     x      any rank from 1 up
 *     gamma  the shape of the features, or as many axes as x, each 1 or x's size; beta alike
 *     result as x                activation((x - mean) / spread * (gamma + gammaOffset) + beta)
 *
 * `spread` is `sqrt(variance + epsilon)` for 'moments', `sqrt(mean of x² + epsilon)` for 'rms', and
 * `max(norm, epsilon)` for 'l2' and 'l1'; the mean is 0 but for 'moments'. With a mask, whose values may be
 * other weights than 0 and 1, the statistics are weighted.
 *
 * ```js
 * // ScaleNorm: one length for all vectors, [Nguyen & Salazar 2019](https://arxiv.org/abs/1910.05895).
 * const x = tf.randomNormal([2, 8, 64]);
 * tfn.normalize(x, {statistic: 'l2', gamma: [[[8]]]}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `statistic`, `axis`, `params`, `epsilon`, `gamma`, `beta`, `gammaOffset`, `activation` and `mask`.
 * @throws If the statistic or an axis does not exist, or gamma, beta or the mask does not fit the input's shape.
 */
export const normalize = /* @__PURE__ */ defineOp({normalize_}, ['x'], {
  statistic: true,
  axis: true,
  params: true,
  epsilon: true,
  ...AFFINE_OPTIONS,
  mask: true,
});
