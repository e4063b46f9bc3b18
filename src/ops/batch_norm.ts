import * as tf from '@tensorflow/tfjs-core';
import {check, checkAxes, checkMask, checkNumeric, checkRank, show} from '../check.js';
import {checkAffine} from '../check_params.js';
import {MOMENTS} from '../statistic.js';
import {otherAxes} from '../view.js';
import {AFFINE_OPTIONS, type AffineConfig, type MaskConfig} from './arguments.js';
import type {BatchNormInferenceConfig} from './batch_norm_inference.js';
import {defineOp} from './define_op.js';
import {type Normalization, normalized} from './normalized.js';
import {warnOfSingle} from './warn_of_single.js';

/** The options of `batchNorm`. */
export interface BatchNormConfig extends BatchNormInferenceConfig, MaskConfig {
  /**
   * Ghost batch norm, [Hoffer et al. 2017](https://arxiv.org/abs/1705.08741): so many examples share statistics,
   * and a batch, of which this must be a divisor, falls into chunks of them. Of `n` chunks, the i-th has the examples
   * i, i + n, i + 2 n and so on, as in Keras 2. `mean` and `variance` are then the averages over the chunks. Defaults
   * to the whole batch.
   */
  virtualBatchSize?: number | null;
}

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
  {axis = -1, epsilon = 1e-3, mask, virtualBatchSize, ...affine}: BatchNormConfig,
  moving: {mean: tf.Tensor; variance: tf.Tensor; momentum: number} | null,
  warns = true,
): BatchNormResult<T> {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const features = checkAxes(OP, axis, shape.length);
  checkAffine(OP, epsilon, affine, shape, features);
  checkMask(OP, mask, shape);
  if (virtualBatchSize != null) {
    checkVirtualBatch(virtualBatchSize, shape[0], features);
    if (!shape.includes(0)) {
      return ghosts(x, {epsilon, mask}, affine, {shape, features, size: virtualBatchSize}, moving);
    }
  }
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

function checkVirtualBatch(size: number, batch: number, features: readonly number[]): void {
  check(
    Number.isInteger(size) && size > 0 && batch % size === 0,
    OP,
    () =>
      `virtualBatchSize must be a positive integer that divides the batch of ${batch}, but is ${show(size)}.`,
  );
  check(
    !features.includes(0),
    OP,
    () => `axis must not be that of the batch, which virtualBatchSize divides, but is 0.`,
  );
}

/** The batch is seen as [size, chunks], and reduced along the first of the two. */
function ghosts<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  config: Pick<BatchNormConfig, 'mask'> & {epsilon: number},
  affine: AffineConfig,
  {shape, features, size}: {shape: number[]; features: number[]; size: number},
  moving: {mean: tf.Tensor; variance: tf.Tensor; momentum: number} | null,
): BatchNormResult<T> {
  const others = shape.map((_, i) => i).filter(i => i > 0 && !features.includes(i));
  const sizes = features.map(i => shape[i]);
  const norm: Normalization = {
    ...{statistic: MOMENTS, countAlike: true, ...config},
    features,
    split: {axis: 0, count: size},
    reduced: [0, ...others.map(i => i + 1)],
    momentsShape: [shape[0] / size, ...sizes],
  };
  const {y, ...chunks} = normalized(x, norm, affine);
  const average = (ofChunks: tf.Tensor, before?: tf.Tensor) => {
    const mean = tf.reshape(tf.mean(ofChunks, 0), sizes);
    if (moving == null) return mean;
    return tf.add(tf.mul(before!, moving.momentum), tf.mul(mean, 1 - moving.momentum));
  };
  return {
    y: y as T,
    mean: average(chunks.mean!, moving?.mean),
    variance: average(chunks.spread!, moving?.variance),
  };
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
 * @param config `axis`, `gamma`, `beta`, `epsilon`, `mask` and `virtualBatchSize`.
 * @throws If an axis does not exist, gamma, beta or the mask does not fit the input's shape, or `virtualBatchSize`
 *     does not divide the batch.
 */
export const batchNorm = /* @__PURE__ */ defineOp({batchNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  ...AFFINE_OPTIONS,
  mask: true,
  virtualBatchSize: true,
});
