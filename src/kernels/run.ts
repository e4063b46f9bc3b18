/** Where it is decided whether a kernel runs or the reference; nobody else asks tfjs's registry. */
import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  type AttrsOf,
  FusedNormalize,
  FusedNormalizeGrad,
  type KernelName,
} from './contract.js';

/** Whether tfjs's backend of this name has the kernels. */
export const hasKernels = (backend: string): boolean =>
  tf.getKernel(FusedNormalize, backend) != null;

/**
 * The outputs of a kernel, or those of `reference` where the backend in use has no kernels.
 *
 * `reference` runs too where a kernel would have no gradient: `FusedNormalizeGrad` within a gradient.
 */
export function runKernel<Name extends KernelName>(
  name: Name,
  inputs: tf.NamedTensorMap,
  attrs: AttrsOf[Name],
  reference: () => tf.Tensor[],
): tf.Tensor[] {
  const isNested = name === FusedNormalizeGrad && tf.engine().state.gradientDepth > 0;
  if (isNested || !hasKernels(tf.getBackend())) return reference();
  return tf.engine().runKernel<tf.Tensor[]>(name, inputs, asAttrMap(attrs));
}
