import * as tf from '@tensorflow/tfjs-core';
import {activate} from '../activation.js';
import {checkAxes, checkFlags, checkNumeric, checkRank} from '../check.js';
import {checkAffine} from '../check_params.js';
import {MOMENTS} from '../statistic.js';
import {AFFINE_OPTIONS, type AffineConfig} from './arguments.js';
import {defineOp} from './define_op.js';
import {type Normalization, normalized} from './normalized.js';
import {broadcastable} from './params.js';
import {warnOfSingle} from './warn_of_single.js';

/** The options of `layerNorm`. */
export interface LayerNormConfig extends AffineConfig {
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** Added to the variance. Defaults to 1e-3, as in Keras. */
  epsilon?: number;
  /**
   * Whether to divide by the standard deviation but leave the mean, as Keras 3's deprecated argument
   * does. This is not `rmsNorm`. Defaults to false.
   */
  rmsScaling?: boolean;
}

const OP = 'layerNorm';
const FLAGS: Array<'rmsScaling'> = ['rmsScaling'];

function layerNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-3, rmsScaling = false, ...affine}: LayerNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const axes = checkAxes(OP, axis, shape.length);
  checkAffine(OP, epsilon, affine, shape, axes);
  checkFlags(OP, {rmsScaling}, FLAGS);
  const norm = {statistic: MOMENTS, epsilon, reduced: axes, features: axes};
  if (rmsScaling) return withMean(x, norm, affine, shape) as T;
  warnOfSingle(OP, shape, axes);
  return normalized(x, norm, affine).y as T;
}

/** Normalizing takes away the mean, divides and scales as x is: here it is added again. */
function withMean(
  x: tf.Tensor | tf.TensorLike,
  norm: Normalization,
  {activation, ...affine}: AffineConfig,
  shape: readonly number[],
): tf.Tensor {
  const {features, epsilon} = norm;
  const {gamma, gammaOffset = 0} = affine;
  const momentsShape = shape.map((size, i) => (features.includes(i) ? 1 : size));
  const {y, mean, spread} = normalized(x, {...norm, momentsShape}, affine);
  if (y.size === 0) return y;
  const taken = tf.mul(mean!, tf.rsqrt(tf.add(spread!, epsilon)));
  const factor = gamma == null ? 1 : tf.add(broadcastable(gamma, shape, features), gammaOffset);
  const z = tf.add(y, tf.mul(taken, factor));
  return activation == null ? z : activate(activation, z);
}

/**
 * Layer normalization: each example is normalized by the mean and the variance of its own
 * features, [Ba et al. 2016](https://arxiv.org/abs/1607.06450);
 * `keras.layers.LayerNormalization`.
 *
 *     x      [..., features]     any rank from 1 up
 *     gamma  [features]          beta  [features]
 *     result [..., features]     (x - mean) / sqrt(variance + epsilon) * gamma + beta
 *
 * `features` are the axes of `axis`, in the order in which `x` has them. A single feature is its own
 * mean: the result is then 0, or beta, whatever `x` is. The console says so once.
 *
 * ```js
 * const x = tf.tensor2d([[1, 2, 3], [10, 20, 30]]);
 * tfn.layerNorm(x).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `epsilon`, `gamma`, `beta`, `gammaOffset`, `activation` and `rmsScaling`.
 * @throws If an axis does not exist, or gamma or beta does not fit the input's shape.
 */
export const layerNorm = /* @__PURE__ */ defineOp({layerNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  ...AFFINE_OPTIONS,
  rmsScaling: true,
});
