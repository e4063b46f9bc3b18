import type * as tf from '@tensorflow/tfjs-core';
import {checkAxes, checkNumeric, checkRank} from '../check.js';
import {checkAffine} from '../check_params.js';
import {RMS} from '../statistic.js';
import {AFFINE_OPTIONS, type AffineConfig} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';

/** The options of `rmsNorm`. */
export interface RmsNormConfig extends AffineConfig {
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** Added to the mean square. Defaults to 1e-6, as in Keras. */
  epsilon?: number;
}

const OP = 'rmsNorm';

function rmsNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-6, ...affine}: RmsNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const axes = checkAxes(OP, axis, shape.length);
  checkAffine(OP, epsilon, affine, shape, axes);
  return normalized(x, {statistic: RMS, epsilon, reduced: axes, features: axes}, affine).y as T;
}

/**
 * Root mean square normalization: layer normalization without the mean,
 * [Zhang & Sennrich 2019](https://arxiv.org/abs/1910.07467); `keras.layers.RMSNormalization`.
 *
 *     x      [..., features]     any rank from 1 up
 *     gamma  [features]          beta  [features]
 *     result [..., features]     x / sqrt(mean(x²) + epsilon) * gamma + beta
 *
 * `features` are the axes of `axis`, in the order in which `x` has them.
 *
 * ```js
 * tfn.rmsNorm(tf.tensor2d([[3, 4], [30, 40]])).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `epsilon`, `gamma`, `beta`, `gammaOffset` and `activation`.
 * @throws If an axis does not exist, or gamma or beta does not fit the input's shape.
 */
export const rmsNorm = /* @__PURE__ */ defineOp({rmsNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  ...AFFINE_OPTIONS,
});
