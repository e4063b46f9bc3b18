import type * as tf from '@tensorflow/tfjs-core';
import {defineOp} from './define_op.js';
import {type SquashConfig, squashed, TANH} from './squashed.js';

/** The options of `dynamicTanh`. */
export type DynamicTanhConfig = SquashConfig;

function dynamicTanh_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  config: DynamicTanhConfig = {},
): T {
  return squashed('dynamicTanh', TANH, x, config) as T;
}

/**
 * Dynamic tanh, DyT: takes the place of layer normalization in transformers without statistics,
 * [Zhu et al. 2025](https://arxiv.org/abs/2503.10622).
 *
 *     x      [..., features]   any rank from 1 up
 *     alpha  one number        gamma, beta  [features]
 *     result as x              gamma * tanh(alpha * x) + beta
 *
 * ```js
 * tfn.dynamicTanh(tf.randomNormal([2, 8, 64]), {alpha: 0.5}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `alpha` (0.5), `axis`, `gamma` and `beta`.
 * @throws If an axis does not exist, alpha is not one number, or gamma or beta does not fit the input's shape.
 */
export const dynamicTanh = /* @__PURE__ */ defineOp({dynamicTanh_}, ['x'], {
  alpha: true,
  axis: true,
  gamma: true,
  beta: true,
});
