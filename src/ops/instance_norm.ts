import type * as tf from '@tensorflow/tfjs-core';
import {AFFINE_OPTIONS, type AffineConfig, type MaskConfig} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalizeGroups} from './group_norm.js';

/** The options of `instanceNorm`. */
export interface InstanceNormConfig extends AffineConfig, MaskConfig {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to the variance. Defaults to 1e-3, as in Keras's group normalization. */
  epsilon?: number;
}

function instanceNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-3, ...affine}: InstanceNormConfig = {},
): T {
  return normalizeGroups('instanceNorm', x, {groups: -1, axis, epsilon, ...affine}) as T;
}

/**
 * Instance normalization: each channel of each example is normalized by its own mean and variance
 * over all positions, [Ulyanov et al. 2016](https://arxiv.org/abs/1607.08022).
 *
 *     x      [n, ..., channels]  or [n, channels, ...] with axis 1; any rank from 2 up
 *     gamma  [channels]          beta  [channels]
 *     result as x                (x - mean) / sqrt(variance + epsilon) * gamma + beta
 *
 * Without positions, for `[n, channels]`, each value is its own mean: the result is 0, or beta, whatever
 * `x` is. The console says so once.
 *
 * ```js
 * const image = tf.randomUniform([1, 8, 8, 3]);
 * tfn.instanceNorm(image).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `gamma`, `beta`, `epsilon` and `mask`.
 * @throws If the axis is that of the batch or does not exist, or gamma, beta or the mask has another
 *     shape.
 */
export const instanceNorm = /* @__PURE__ */ defineOp({instanceNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  ...AFFINE_OPTIONS,
  mask: true,
});
