import * as tf from '@tensorflow/tfjs-core';
import {checkAxes, checkRank} from '../check.js';
import {RMS} from '../statistic.js';
import {toFloat} from './arguments.js';
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

function rmsNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-6, gamma}: RmsNormConfig = {},
): T {
  const $x = toFloat('rmsNorm', 'x', x);
  checkRank('rmsNorm', $x.shape, 1);
  const axes = checkAxes('rmsNorm', axis, $x.rank);
  return normalize('rmsNorm', $x, {statistic: RMS, epsilon, reduced: axes, params: axes, gamma})
    .y as T;
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
export const rmsNorm = /* @__PURE__ */ tf.op({rmsNorm_});
