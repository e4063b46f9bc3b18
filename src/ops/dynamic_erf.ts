import type * as tf from '@tensorflow/tfjs-core';
import {defineOp} from './define_op.js';
import {type SquashConfig, squashed} from './squash.js';

/** The options of `dynamicErf`. */
export interface DynamicErfConfig extends SquashConfig {
  /** One number, which may be trained: is added to `alpha * x`. Defaults to 0. */
  shift?: tf.Tensor | tf.TensorLike | null;
}

function dynamicErf_<T extends tf.Tensor>(x: T | tf.TensorLike, config: DynamicErfConfig = {}): T {
  return squashed('dynamicErf', 'erf', x, config) as T;
}

/**
 * Dynamic erf (Derf): squashes each element by the error function in the place of normalizing, without any
 * statistic, [Chen et al. 2025](https://arxiv.org/abs/2512.10938).
 *
 *     x      [..., features]     any rank from 1 up
 *     alpha  one number          shift  one number
 *     gamma  [features]          beta   [features]
 *     result as x                gamma * erf(alpha * x + shift) + beta
 *
 * The gradients are in x, alpha, shift, gamma and beta, of every order.
 *
 * ```js
 * const x = tf.randomNormal([2, 8, 64]);
 * tfn.dynamicErf(x, {alpha: 0.5, shift: 0}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `alpha`, `shift`, `gamma` and `beta`.
 * @throws If an axis does not exist, alpha or shift is not one number, or gamma or beta does not fit the
 *     input's shape.
 */
export const dynamicErf = /* @__PURE__ */ defineOp({dynamicErf_}, ['x'], {
  axis: true,
  alpha: true,
  shift: true,
  gamma: true,
  beta: true,
});
