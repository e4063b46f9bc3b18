import * as tf from '@tensorflow/tfjs-core';
import {checkNumeric, checkWeights} from '../check.js';

/** What every normalization op takes beside its input. */
export type AffineConfig = {
  /** Multiplies the normalized values. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added at the end. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
};

export type MaskConfig = {
  /**
   * What counts in the statistics, where not everything does: 1 or true where it does, 0 or false
   * for padding. The shape of `x`, of size 1 along any axis, or that of its leading axes. The
   * whole of `x` is normalized.
   */
  mask?: tf.Tensor | tf.TensorLike | null;
};

/** `x` as a float32 tensor; like tf's ops, ours take arrays, integers and booleans too. */
export function toFloat(op: string, name: string, x: tf.Tensor | tf.TensorLike): tf.Tensor {
  checkNumeric(op, name, x);
  if (!(x instanceof tf.Tensor)) return tf.tensor(x, undefined, 'float32');
  return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
}

/** The same for `gamma` and `beta`, which may be absent. */
export const toFloatOrNull = (
  op: string,
  name: string,
  x: tf.Tensor | tf.TensorLike | null | undefined,
): tf.Tensor | null => (x == null ? null : toFloat(op, name, x));

/** The mask as weights that broadcast against `x`. */
export function toWeights(
  op: string,
  mask: tf.Tensor | tf.TensorLike | null | undefined,
  x: tf.Tensor,
): tf.Tensor | null {
  const weights = toFloatOrNull(op, 'mask', mask);
  return weights == null ? null : checkWeights(op, weights, x.shape);
}

/** Where it changes nothing, left out: on some backends it takes as long as another op. */
export const reshape = (x: tf.Tensor, shape: number[]): tf.Tensor =>
  tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape);
