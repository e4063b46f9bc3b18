import type * as tf from '@tensorflow/tfjs-core';
import {MOMENTS} from '../statistic.js';
import {
  ADD_NORM_OPTIONS,
  addNormalized,
  type AddNormConfig,
  type AddNormResult,
  checkAddNorm,
} from './add_normalized.js';
import {defineOp} from './define_op.js';
import {warnOfSingle} from './warn_of_single.js';

/** The options of `addLayerNorm`. */
export interface AddLayerNormConfig extends AddNormConfig {
  /** Added to the variance. Defaults to 1e-3, as in Keras. */
  epsilon?: number;
}

const OP = 'addLayerNorm';

function addLayerNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  residual: T | tf.TensorLike,
  {epsilon = 1e-3, ...others}: AddLayerNormConfig = {},
): AddNormResult<T> {
  const config = {epsilon, ...others};
  const {shape, axes} = checkAddNorm(OP, x, residual, config);
  warnOfSingle(
    OP,
    shape,
    axes.map(i => shape[i]),
  );
  return addNormalized(x, residual, MOMENTS, axes, config);
}

/**
 * Adds a residual and normalizes the sum, as `layerNorm` does: what stands between the blocks of a transformer, in
 * one kernel forward and in one backward, where the gradients of both outputs come together.
 *
 *     x, residual  [..., features]     one shape, of any rank from 1 up
 *     gamma, beta  [features]          gate  [features], or as many axes as x
 *     sum          [..., features]     alpha * residual + gate * x
 *     y            [..., features]     (sum - mean) / sqrt(variance + epsilon) * gamma + beta
 *
 * With `alpha` it is DeepNorm, [Wang et al. 2022](https://arxiv.org/abs/2203.00555), which scales the residual of a
 * deep post-norm transformer by `(2 * layers) ** 0.25`; with a `gate` of each example the residual branch of AdaLN-Zero,
 * [Peebles & Xie 2022](https://arxiv.org/abs/2212.09748).
 *
 * ```js
 * const [x, residual] = [tf.randomNormal([2, 4, 8]), tf.randomNormal([2, 4, 8])];
 * const {y, sum} = tfn.addLayerNorm(x, residual);
 * y.print();
 * ```
 *
 * @param x What a block computed: a tensor or an array; integers and booleans are cast to float32.
 * @param residual What went past the block, in the shape of `x`.
 * @param config `axis`, `epsilon`, `alpha`, `gate`, `gamma`, `beta`, `gammaOffset` and `activation`.
 * @throws If the shapes of x and residual differ, an axis does not exist, or gamma, beta or gate does not fit.
 */
export const addLayerNorm = /* @__PURE__ */ defineOp({addLayerNorm_}, ['x', 'residual'], {
  ...ADD_NORM_OPTIONS,
  epsilon: true,
});
