import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import {hasKernels} from '../kernels/run.js';
import type {Kwargs} from '../layers/tfjs_types.js';
import type {Make} from './replacement.js';

type Result = tf.Tensor | tf.Tensor[];
/** The method of a layer that computes. */
export type Call = (this: layers.Layer, inputs: Result, kwargs: Kwargs) => Result;

/** The result of a layer for `x`, or null where this package cannot do what tfjs does. */
export type Compute = (layer: object, x: tf.Tensor, kwargs: Kwargs) => tf.Tensor | null;

/** A `call` that runs `compute`, and what tfjs has where that cannot. */
export const callWith =
  (compute: Compute): Make<Call> =>
  (before, isHeld) =>
    function call(inputs, kwargs) {
      const x = isHeld() ? takenOf(inputs) : null;
      const y = x && tf.tidy(() => compute(this, x, kwargs) as tf.Tensor);
      return y ?? before.call(this, inputs, kwargs);
    };

/** The one input, if our kernels take it: tfjs's errors about any other are tfjs's affair. */
function takenOf(inputs: Result): tf.Tensor | null {
  const [x, ...others] = [inputs].flat();
  const isTaken =
    others.length === 0 &&
    x instanceof tf.Tensor &&
    !x.isDisposed &&
    x.dtype === 'float32' &&
    x.rank > 0 &&
    x.size > 0;
  return isTaken && hasKernels(tf.getBackend()) ? x : null;
}

/** A weight of a layer, which tfjs-layers does not export by name. */
export type Weight = {read(): tf.Tensor; write(value: tf.Tensor): unknown};

/** Whether all weights that are there have as many values as the features, and epsilon is one of ours. */
export const fits = (
  size: number | undefined,
  weights: ReadonlyArray<tf.Tensor | null | undefined>,
  epsilon: number,
): boolean =>
  weights.every(weight => weight == null || weight.size === size) &&
  size != null &&
  Number.isFinite(epsilon) &&
  epsilon >= 0;
