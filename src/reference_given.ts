/** The reference with statistics that are given. */
import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from './kernels/contract.js';
import {
  activated,
  behindActivation,
  factor,
  axesWithout,
  shaped,
  viewed,
} from './reference_affine.js';
import {sum} from './sum.js';

/** `y = activation((x - mean) / sqrt(variance + epsilon) * (gamma + gammaOffset) + beta)`, with statistics that are given. */
export function normalizeGivenReference(
  {x, mean, variance, gamma, beta}: Record<string, tf.Tensor>,
  attrs: NormalizeAttrs,
): tf.Tensor {
  const z = affineOfGiven({x, mean, variance, gamma, beta}, attrs);
  return tf.reshape(activated(z, attrs), x.shape);
}

function affineOfGiven(
  {x, mean, variance, gamma, beta}: Record<string, tf.Tensor>,
  attrs: NormalizeAttrs,
): tf.Tensor {
  const {view, epsilon} = attrs;
  const rstd = tf.rsqrt(tf.add(shaped(variance, view, 'variance'), epsilon));
  const scale = tf.mul(factor(gamma, attrs), rstd);
  const centered = tf.sub(viewed(x, view), shaped(mean, view, 'mean'));
  return tf.add(tf.mul(centered, scale), shaped(beta, view, 'beta'));
}

/** The gradient of `z` in `y = activation(z)`, with statistics that are given. */
export const givenActivationGrad = (
  dy: tf.Tensor,
  inputs: Record<string, tf.Tensor>,
  attrs: NormalizeAttrs,
): tf.Tensor =>
  tf.reshape(
    behindActivation(viewed(dy, attrs.view), () => affineOfGiven(inputs, attrs), attrs),
    dy.shape,
  );

/**
 * `dx = dz * (gamma + gammaOffset) * rstd` and its parameters' gradients, with statistics that are given. `dz` is the
 * gradient in front of the activation. All parameters vary along the same axes.
 */
export function normalizeGivenGradReference(
  dz: tf.Tensor,
  {x, mean, variance, gamma}: Record<'x' | 'mean' | 'variance' | 'gamma', tf.Tensor>,
  attrs: NormalizeAttrs,
): {x: () => tf.Tensor; gamma: () => tf.Tensor; beta: () => tf.Tensor} {
  const {view, epsilon} = attrs;
  const [$dz, $x] = [dz, x].map(t => viewed(t, view));
  const reduced = axesWithout(view, 'gamma');
  const spread = (param: tf.Tensor) => shaped(param, view, 'gamma');
  const rstd = tf.rsqrt(tf.add(variance, epsilon));
  return {
    x: () => tf.reshape(tf.mul($dz, tf.mul(factor(gamma, attrs), spread(rstd))), x.shape),
    gamma: () => {
      const xhat = tf.mul(tf.sub($x, spread(mean)), spread(rstd));
      return tf.reshape(sum(tf.mul($dz, xhat), reduced), gamma.shape);
    },
    beta: () => tf.reshape(sum($dz, reduced), gamma.shape),
  };
}
