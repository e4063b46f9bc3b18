import type * as tf from '@tensorflow/tfjs-core';
import type {Activation} from '../activation.js';
import {normalizeGivenGradConfig} from '../gradients/normalize_given_grad.js';
import {registerOnce} from '../gradients/register_once.js';
import {FusedNormalizeGiven} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGivenReference} from '../reference_given.js';
import {MOMENTS} from '../statistic.js';
import {otherAxes} from '../view.js';
import {type Aligned, viewOfAligned} from './params.js';

/**
 * The tensor that is normalized, and flat tensors with a value for each element of the parameters' axes. Absent ones
 * are 1 for gamma, else 0.
 */
export type GivenInputs = {x: tf.Tensor} & Partial<
  Record<'mean' | 'variance' | 'gamma' | 'beta', tf.Tensor>
>;

/** Normalizes by statistics that are given, when all arguments have been checked; x is not empty. */
export function normalizedByGiven(
  inputs: GivenInputs,
  along: Pick<Aligned, 'axes' | 'axesOf'>,
  epsilon: number,
  gammaOffset = 0,
  activation: Activation | null = null,
): tf.Tensor {
  const {shape} = inputs.x;
  // Here each parameter has a group.
  const view = viewOfAligned(shape, otherAxes(along.axes, shape.length), along);
  const attrs = {view, statistic: MOMENTS, epsilon, gammaOffset, activation};
  const reference = (all: tf.NamedTensorMap) => [normalizeGivenReference(all, attrs)];
  // Few ops run this kernel, so they bring its gradient, and not each backend.
  registerOnce(normalizeGivenGradConfig);
  return runKernel(FusedNormalizeGiven, inputs, attrs, reference)[0];
}
