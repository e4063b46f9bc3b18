import type * as tf from '@tensorflow/tfjs-core';
import {RMS} from '../statistic.js';
import {
  ADD_NORM_OPTIONS,
  addNormalized,
  type AddNormConfig,
  type AddNormResult,
  checkAddNorm,
} from './add_normalized.js';
import {defineOp} from './define_op.js';

/** The options of `addRmsNorm`. */
export interface AddRmsNormConfig extends AddNormConfig {
  /** Added to the mean square. Defaults to 1e-6, as in Keras. */
  epsilon?: number;
}

const OP = 'addRmsNorm';

function addRmsNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  residual: T | tf.TensorLike,
  {epsilon = 1e-6, ...others}: AddRmsNormConfig = {},
): AddNormResult<T> {
  const config = {epsilon, ...others};
  const {axes} = checkAddNorm(OP, x, residual, config);
  return addNormalized(x, residual, RMS, axes, config);
}

/**
 * Adds a residual and normalizes the sum, as `rmsNorm` does: what stands between the blocks of Llama and its like, in
 * one kernel forward and in one backward, where the gradients of both outputs come together.
 *
 *     x, residual  [..., features]     one shape, of any rank from 1 up
 *     gamma, beta  [features]          gate  [features], or as many axes as x
 *     sum          [..., features]     alpha * residual + gate * x
 *     y            [..., features]     sum / sqrt(mean(sum²) + epsilon) * gamma + beta
 *
 * ```js
 * const [x, residual] = [tf.randomNormal([2, 4, 8]), tf.randomNormal([2, 4, 8])];
 * const {y, sum} = tfn.addRmsNorm(x, residual, {gamma: tf.ones([8])});
 * y.print();
 * ```
 *
 * @param x What a block computed: a tensor or an array; integers and booleans are cast to float32.
 * @param residual What went past the block, in the shape of `x`.
 * @param config `axis`, `epsilon`, `alpha`, `gate`, `gamma`, `beta`, `gammaOffset` and `activation`.
 * @throws If the shapes of x and residual differ, an axis does not exist, or gamma, beta or gate does not fit.
 */
export const addRmsNorm = /* @__PURE__ */ defineOp({addRmsNorm_}, ['x', 'residual'], {
  ...ADD_NORM_OPTIONS,
  epsilon: true,
});
