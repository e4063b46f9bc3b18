import type * as tf from '@tensorflow/tfjs-core';
import type {Activation} from '../activation.js';
import {FusedNormalizeGiven} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGivenReference} from '../reference_given.js';
import {MOMENTS} from '../statistic.js';
import type {NormView} from '../view.js';

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
  const inputs: tf.NamedTensorMap = {x};
  if (gamma != null) inputs['gamma'] = gamma;
  if (beta != null) inputs['beta'] = beta;
  const attrs = {view, statistic: MOMENTS, epsilon: 1, gammaOffset, activation};
  const reference = (all: tf.NamedTensorMap) => [normalizeGivenReference(all, attrs)];
  return runKernel(FusedNormalizeGiven, inputs, attrs, reference)[0];
}
