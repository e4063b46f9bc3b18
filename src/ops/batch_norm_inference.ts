import * as tf from '@tensorflow/tfjs-core';
import {checkAxes, checkEpsilon, checkParam, checkRank} from '../check.js';
import {FusedNormalizeGiven} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGivenReference} from '../reference.js';
import {MOMENTS} from '../statistic.js';
import {viewOf} from '../view.js';
import {type AffineConfig, reshape, toFloat, toFloatOrNull} from './arguments.js';
import {emptyResult} from './empty.js';

/** The options of `batchNormInference`. */
export interface BatchNormInferenceConfig extends AffineConfig {
  /** The axis of the features (or several), which keep statistics of their own. Defaults to -1. */
  axis?: number | readonly number[];
  /** Added to the variance. Defaults to 1e-3, as in Keras. */
  epsilon?: number;
}

function batchNormInference_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  mean: tf.Tensor | tf.TensorLike,
  variance: tf.Tensor | tf.TensorLike,
  {axis = -1, epsilon = 1e-3, gamma, beta}: BatchNormInferenceConfig = {},
): T {
  const op = 'batchNormInference';
  const $x = toFloat(op, 'x', x);
  checkRank(op, $x.shape, 1);
  checkEpsilon(op, epsilon);
  const axes = checkAxes(op, axis, $x.rank);
  const features = axes.map(i => $x.shape[i]);
  const params = {
    mean: toFloat(op, 'mean', mean),
    variance: toFloat(op, 'variance', variance),
    gamma: toFloatOrNull(op, 'gamma', gamma) ?? tf.ones(features),
    beta: toFloatOrNull(op, 'beta', beta) ?? tf.zeros(features),
  };
  for (const [name, param] of Object.entries(params)) checkParam(op, name, param, features);
  return applyStatistics($x, axes, params, epsilon) as T;
}

type Params = Record<'mean' | 'variance' | 'gamma' | 'beta', tf.Tensor>;

function applyStatistics(x: tf.Tensor, axes: number[], params: Params, epsilon: number): tf.Tensor {
  if (x.size === 0) return emptyResult(x, ...Object.values(params));
  const others = x.shape.map((_, i) => i).filter(i => !axes.includes(i));
  const attrs = {view: viewOf(x.shape, others, axes), statistic: MOMENTS, epsilon};
  const flat = Object.entries(params).map(([name, param]) => [name, reshape(param, [param.size])]);
  const inputs = {x, ...(Object.fromEntries(flat) as Params)};
  const reference = () => [normalizeGivenReference(inputs, attrs)];
  return runKernel(FusedNormalizeGiven, inputs, attrs, reference)[0];
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
export const batchNormInference = /* @__PURE__ */ tf.op({batchNormInference_});
