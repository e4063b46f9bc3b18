import type * as tf from '@tensorflow/tfjs-core';
import {defineOp} from './define_op.js';
import {type SquashConfig, squashed} from './squash.js';

/** The options of `dynamicTanh`. */
export type DynamicTanhConfig = SquashConfig;

function dynamicTanh_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  config: DynamicTanhConfig = {},
): T {
  return squashed('dynamicTanh', 'tanh', x, config) as T;
}

/**
 * Dynamic tanh (DyT): squashes each element in the place of normalizing, without any statistic,
 * [Zhu et al. 2025](https://arxiv.org/abs/2503.10622).
 *
 *     x      [..., features]     any rank from 1 up
 *     alpha  one number          gamma  [features]          beta  [features]
 *     result as x                gamma * tanh(alpha * x) + beta
 *
 * The gradients are in x, alpha, gamma and beta, of every order.
 *
 * ```js
 * const x = tf.randomNormal([2, 8, 64]);
 * tfn.dynamicTanh(x, {alpha: 0.5}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `alpha`, `gamma` and `beta`.
 * @throws If an axis does not exist, alpha is not one number, or gamma or beta does not fit the input's shape.
 */
export const dynamicTanh = /* @__PURE__ */ defineOp({dynamicTanh_}, ['x'], {
  axis: true,
  alpha: true,
  gamma: true,
  beta: true,
});
