import type * as tf from '@tensorflow/tfjs-core';
import {checkAxes, checkMask, checkNumeric, checkRank} from '../check.js';
import {checkAffine} from '../check_params.js';
import {MOMENTS} from '../statistic.js';
import {otherAxes} from '../view.js';
import {AFFINE_OPTIONS, type MaskConfig} from './arguments.js';
import type {BatchNormInferenceConfig} from './batch_norm_inference.js';
import {defineOp} from './define_op.js';
import {type Normalization, normalized} from './normalized.js';
import {warnOfSingle} from './warn_of_single.js';

/** The options of `batchNorm`. */
export interface BatchNormConfig extends BatchNormInferenceConfig, MaskConfig {}

interface Outputs<T extends tf.Tensor> {
  /** The normalized input, of its shape. */
  y: T;
  /** The mean of each feature over the batch, `[features]`. */
  mean: tf.Tensor;
  /** The biased variance of each feature over the batch, without epsilon, `[features]`. */
  variance: tf.Tensor;
}

/** The outputs of `batchNorm`: `y`, and the statistics `mean` and `variance` for a running average. */
// Not an interface, which tf.tidy does not take; not a type literal, which loses its comments in the
// built declarations.
export type BatchNormResult<T extends tf.Tensor> = Required<Outputs<T>>;

const OP = 'batchNorm';

function batchNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  config: BatchNormConfig = {},
): BatchNormResult<T> {
  return batchNormMoving(x, config, null);
}

/**
 * @internal The same, but `mean` and `variance` are moving averages moved on by this batch, of which
 * `momentum` stays: the kernel does it along the way. They are then constants to the gradient.
 *
 * @param warns Whether a batch of one row is likely a mistake.
 */
export function batchNormMoving<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-3, mask, ...affine}: BatchNormConfig,
  moving: {mean: tf.Tensor; variance: tf.Tensor; momentum: number} | null,
  warns = true,
): BatchNormResult<T> {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const features = checkAxes(OP, axis, shape.length);
  checkAffine(OP, epsilon, affine, shape, features);
  checkMask(OP, mask, shape);
  const reduced = otherAxes(features, shape.length);
  if (warns) warnOfSingle(OP, shape, reduced);
  const norm: Normalization = {
    statistic: MOMENTS,
    epsilon,
    reduced,
    features,
    momentsShape: features.map(i => shape[i]),
    moving: moving && {...moving, spread: moving.variance},
    mask,
    // As in Keras.
    countAlike: true,
  };
  const {y, mean, spread} = normalized(x, norm, affine);
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
 * The statistics are the ones that a running average collects; they have gradients too. They are
 * NaN for an empty batch, and 0 for one that is all padding. With a mask they are Keras 3's: the
 * sums over the elements that count, divided by the number of these plus 1e-7.
 *
 * A single row is its own mean: `y` is then 0, or beta, whatever `x` is. The console says so once.
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
export const batchNorm = /* @__PURE__ */ defineOp({batchNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  ...AFFINE_OPTIONS,
  mask: true,
});
