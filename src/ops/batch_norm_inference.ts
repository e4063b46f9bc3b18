import type * as tf from '@tensorflow/tfjs-core';
import {checkAxes, checkNumeric, checkRank} from '../check.js';
import {checkAffine, checkFeatures} from '../check_params.js';
import {AFFINE_OPTIONS, type AffineConfig, asFloat} from './arguments.js';
import {defineOp} from './define_op.js';
import {type GivenInputs, normalizedByGiven} from './normalized_by_given.js';
import {alignParams} from './params.js';
import {withoutEffect} from './without_effect.js';

/** The options of `batchNormInference`. */
export interface BatchNormInferenceConfig extends AffineConfig {
  /** The axis of the features (or several), which keep statistics of their own. Defaults to -1. */
  axis?: number | readonly number[];
  /** Added to the variance. Defaults to 1e-3, as in Keras. */
  epsilon?: number;
}

const OP = 'batchNormInference';
const NAMES = ['mean', 'variance', 'gamma', 'beta'] as const;

function batchNormInference_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  mean: tf.Tensor | tf.TensorLike,
  variance: tf.Tensor | tf.TensorLike,
  {axis = -1, epsilon = 1e-3, ...affine}: BatchNormInferenceConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const axes = checkAxes(OP, axis, shape.length);
  checkFeatures(OP, 'mean', mean, shape, axes);
  checkFeatures(OP, 'variance', variance, shape, axes);
  checkAffine(OP, epsilon, affine, shape, axes);

  const {gamma, beta, gammaOffset = 0, activation = null} = affine;
  const aligned = alignParams(shape, axes, NAMES, [mean, variance, gamma, beta]);
  const [$mean, $variance, $gamma, $beta] = aligned.params;
  const $x = asFloat(x);
  if ($x.size === 0) {
    const given = aligned.params.filter(param => param != null);
    return withoutEffect($x, given) as T;
  }
  const inputs: GivenInputs = {x: $x, mean: $mean!, variance: $variance!};
  if ($gamma != null) inputs.gamma = $gamma;
  if ($beta != null) inputs.beta = $beta;
  return normalizedByGiven(inputs, aligned, epsilon, gammaOffset, activation) as T;
}

/**
 * Batch normalization with given statistics, as at inference and in frozen layers.
 *
 *     x       [..., features]   any rank from 1 up, the features wherever `axis` says
 *     mean    [features]        variance  [features]
 *     gamma   [features]        beta      [features]
 *     result  as x              (x - mean) / sqrt(variance + epsilon) * gamma + beta
 *
 * ```js
 * const x = tf.tensor2d([[1, 20], [3, 40]]);
 * tfn.batchNormInference(x, [2, 30], [1, 100]).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param mean The mean of each feature.
 * @param variance The variance of each feature, without epsilon.
 * @param config `axis` -1, `gamma`, `beta` and `epsilon` 1e-3.
 * @throws If an axis does not exist, or a statistic, gamma or beta has another shape than the
 *     features.
 */
export const batchNormInference = /* @__PURE__ */ defineOp(
  {batchNormInference_},
  ['x', 'mean', 'variance'],
  {axis: true, epsilon: true, ...AFFINE_OPTIONS},
);
