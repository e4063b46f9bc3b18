import * as tf from '@tensorflow/tfjs-core';
import type {Activation} from '../activation.js';
import {FusedNormalizeGiven} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGivenReference} from '../reference_given.js';
import {MOMENTS} from '../statistic.js';
import {type NormView, paramCount} from '../view.js';

type Terms = {
  /** `[params]`. Defaults to 1. */
  gamma?: tf.Tensor | null;
  /** `[params]`. Defaults to 0. */
  beta?: tf.Tensor | null;
  gammaOffset?: number;
  activation?: Activation;
};

/**
 * `activation(x * (gamma + gammaOffset) + beta)` in one kernel: normalization with the mean 0 and the variance 1.
 * In the view each parameter has a group.
 */
export function affine(
  x: tf.Tensor,
  view: NormView,
  {gamma, beta, gammaOffset = 0, activation}: Terms,
): tf.Tensor {
  const count = paramCount(view);
  const zeros = tf.zeros([count]);
  const inputs = {
    ...{x, mean: zeros, variance: zeros},
    ...{gamma: gamma ?? tf.ones([count]), beta: beta ?? zeros},
  };
  const attrs = {view, statistic: MOMENTS, epsilon: 1, gammaOffset, activation};
  const reference = () => [normalizeGivenReference(inputs, attrs)];
  return runKernel(FusedNormalizeGiven, inputs, attrs, reference)[0];
}
