import * as tf from '@tensorflow/tfjs-core';
import {checkAffine, checkAxes, checkFlags, checkNumeric, checkRank} from '../check.js';
import {MOMENTS} from '../statistic.js';
import {type AffineConfig, asFloat} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalize} from './normalize.js';
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

function layerNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-3, rmsScaling = false, gamma, beta}: LayerNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const axes = checkAxes(OP, axis, shape.length);
  checkAffine(OP, {epsilon, gamma, beta}, shape, axes);
  checkFlags(OP, {rmsScaling}, ['rmsScaling']);
  if (!rmsScaling)
    warnOfSingle(
      OP,
      shape,
      axes.map(i => shape[i]),
    );
  const {y, mean, spread} = normalize(x, {
    statistic: MOMENTS,
    epsilon,
    reduced: axes,
    params: axes,
    gamma,
    beta,
    momentsShape: rmsScaling ? shape.map((size, i) => (axes.includes(i) ? 1 : size)) : null,
  });
  if (mean == null || spread == null || y.size === 0) return y as T;
  // Normalizing took away the mean, divided and scaled as x is: it is added again.
  const taken = tf.mul(mean, tf.rsqrt(tf.add(spread, epsilon)));
  if (gamma == null) return tf.add(y, taken) as T;
  const paramShape = shape.map((size, i) => (axes.includes(i) ? size : 1));
  return tf.add(y, tf.mul(taken, asFloat(gamma, paramShape))) as T;
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
 * @param config `axis`, `gamma`, `beta`, `epsilon` and `rmsScaling`.
 * @throws If an axis does not exist, or gamma or beta has another shape than the features.
 */
export const layerNorm = /* @__PURE__ */ defineOp({layerNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  gamma: true,
  beta: true,
  rmsScaling: true,
});
