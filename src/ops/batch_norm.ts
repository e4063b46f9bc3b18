import * as tf from '@tensorflow/tfjs-core';
import {checkAxes, checkRank} from '../check.js';
import {MOMENTS} from '../statistic.js';
import {type AffineConfig, type MaskConfig, toFloat, toWeights} from './arguments.js';
import {normalize} from './normalize.js';

export type BatchNormConfig = AffineConfig & {
  /** The axis of the features (or several), which keep statistics of their own. Defaults to -1. */
  axis?: number | readonly number[];
  /** Added to the variance. Defaults to 1e-3, as in Keras. */
  epsilon?: number;
};

export type BatchNormResult<T extends tf.Tensor> = {
  y: T;
  /** The batch's mean and its biased variance, without epsilon. */
  mean: tf.Tensor;
  variance: tf.Tensor;
};

function batchNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-3, gamma, beta, mask}: BatchNormConfig & MaskConfig = {},
): BatchNormResult<T> {
  const $x = toFloat('batchNorm', 'x', x);
  checkRank('batchNorm', $x.shape, 1);
  const params = checkAxes('batchNorm', axis, $x.rank);
  const reduced = $x.shape.map((_, i) => i).filter(i => !params.includes(i));
  const weights = toWeights('batchNorm', mask, $x);
  const {y, mean, spread} = normalize('batchNorm', $x, {
    statistic: MOMENTS,
    epsilon,
    reduced,
    params,
    gamma,
    beta,
    momentsShape: params.map(i => $x.shape[i]),
    // As in Keras, what is not zero counts, and all of it alike.
    weights: weights && tf.cast(tf.notEqual(weights, 0), 'float32'),
  });
  return {y: y as T, mean: mean!, variance: spread!};
}

/**
 * Batch normalization as in training: each feature is normalized by its mean and variance over
 * the batch, [Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167).
 *
 *     x         [..., features]   any rank from 1 up, the features wherever `axis` says
 *     gamma     [features]        beta      [features]
 *     y         as x              (x - mean) / sqrt(variance + epsilon) * gamma + beta
 *     mean      [features]        variance  [features], biased: divided by the count
 *
 * The statistics are those of a running average; they too can be differentiated. For an empty
 * batch they are NaN, for one that is all padding 0. With a mask they are Keras 3's: sums over what
 * counts, divided by how many that are plus 1e-7.
 *
 * ```js
 * const {y, mean, variance} = tfn.batchNorm(tf.randomNormal([32, 10]));
 * y.print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `gamma`, `beta`, `epsilon` and `mask`.
 * @throws If an axis does not exist, or gamma, beta or the mask does not fit the input's shape.
 */
export const batchNorm = /* @__PURE__ */ tf.op({batchNorm_});
