import type * as tf from '@tensorflow/tfjs-core';
import {defineOp} from './define_op.js';
import {ERF, type SquashConfig, squashed} from './squashed.js';

/** The options of `dynamicErf`. */
export interface DynamicErfConfig extends SquashConfig {
  /** One number, which may be trained: is added to alpha * x. Defaults to 0. */
  shift?: tf.Tensor | tf.TensorLike;
}

function dynamicErf_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {shift, ...config}: DynamicErfConfig = {},
): T {
  return squashed('dynamicErf', ERF, x, config, shift) as T;
}

/**
 * Dynamic error function, Derf: as `dynamicTanh`, by the error function and with a shift,
 * [Chen et al. 2025](https://arxiv.org/abs/2512.10938).
 *
 *     x             [..., features]   any rank from 1 up
 *     alpha, shift  one number each   gamma, beta  [features]
 *     result        as x              gamma * erf(alpha * x + shift) + beta
 *
 * ```js
 * tfn.dynamicErf(tf.randomNormal([2, 8, 64]), {alpha: 0.5, shift: 0.1}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `alpha` (0.5), `shift` (0), `axis`, `gamma` and `beta`.
 * @throws If an axis does not exist, alpha or shift is not one number, or gamma or beta does not fit the
 *     input's shape.
 */
export const dynamicErf = /* @__PURE__ */ defineOp({dynamicErf_}, ['x'], {
  alpha: true,
  shift: true,
  axis: true,
  gamma: true,
  beta: true,
});
