import type * as tf from '@tensorflow/tfjs-core';
import type {AnyActivation} from '../activation.js';
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
  /** Multiplies the result, in general kernels. */
  scale?: tf.Tensor;
  /** Is added behind that, where there is a scale. */
  offset?: tf.Tensor;
  gammaOffset?: number;
  activation?: AnyActivation;
};

/**
 * `activation(x * (gamma + gammaOffset) + beta)` in one kernel: normalization with the mean 0 and the variance 1.
 * In the view each parameter has a group.
 */
export function affine(
  x: tf.Tensor,
  view: NormView,
  {gamma, beta, scale, offset, gammaOffset = 0, activation}: Terms,
): tf.Tensor {
  const inputs: tf.NamedTensorMap = {x};
  if (gamma != null) inputs['gamma'] = gamma;
  if (beta != null) inputs['beta'] = beta;
  if (scale != null) Object.assign(inputs, {scale, offset});
  const attrs = {view, statistic: MOMENTS, epsilon: 1, gammaOffset, activation};
  const reference = (all: tf.NamedTensorMap) => [normalizeGivenReference(all, attrs)];
  return runKernel(FusedNormalizeGiven, inputs, attrs, reference)[0];
}
