import type * as tf from '@tensorflow/tfjs-core';
import {checkAffine, checkAxes, checkNumeric, checkRank} from '../check.js';
import {RMS} from '../statistic.js';
import {defineOp} from './define_op.js';
import {normalize} from './normalize.js';

/** The options of `rmsNorm`. */
export interface RmsNormConfig {
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** Multiplies the normalized values. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Added to the mean square. Defaults to 1e-6, as in Keras. */
  epsilon?: number;
}

const OP = 'rmsNorm';

function rmsNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-6, gamma}: RmsNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const axes = checkAxes(OP, axis, shape.length);
  checkAffine(OP, {epsilon, gamma}, shape, axes);
  return normalize(x, {statistic: RMS, epsilon, reduced: axes, params: axes, gamma}).y as T;
}

/**
 * Root mean square normalization: layer normalization without the mean,
 * [Zhang & Sennrich 2019](https://arxiv.org/abs/1910.07467); `keras.layers.RMSNormalization`.
 *
 *     x      [..., features]     any rank from 1 up
 *     gamma  [features]
 *     result [..., features]     x / sqrt(mean(x²) + epsilon) * gamma
 *
 * `features` are the axes of `axis`, in the order in which `x` has them.
 *
 * ```js
 * tfn.rmsNorm(tf.tensor2d([[3, 4], [30, 40]])).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `gamma` and `epsilon`.
 * @throws If an axis does not exist, or gamma has another shape than the features.
 */
export const rmsNorm = /* @__PURE__ */ defineOp({rmsNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  gamma: true,
});
