import * as tf from '@tensorflow/tfjs-core';
import {checkNumeric, checkWeights} from '../check.js';

/** The parameters of an op that scales and shifts what it normalized; their shape is the op's. */
export interface AffineConfig {
  /** Multiplies the normalized values. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added last. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
}

/** The mask of an op whose statistics may leave some elements out. */
export interface MaskConfig {
  /**
   * Says which elements count in the statistics: 1 or true for those that do, 0 or false for
   * padding. It has the shape of `x`, with 1 for the size of any axis, or the shape of its leading
   * axes. Padding is normalized too, NaN and Infinity in it as 0. `batchNorm` takes all other values for 1, `groupNorm` and
   * `instanceNorm` take them as weights, as Keras's layers do. Defaults to none: all elements count.
   */
  mask?: tf.Tensor | tf.TensorLike | null;
}

/** `x` as a float32 tensor; like tf's ops, ours take arrays, integers and booleans too. */
export function toFloat(op: string, name: string, x: tf.Tensor | tf.TensorLike): tf.Tensor {
  checkNumeric(op, name, x);
  if (!(x instanceof tf.Tensor)) return tf.tensor(x, undefined, 'float32');
  return x.dtype === 'float32' ? x : tf.cast(x, 'float32');
}

/** The same for an argument that may be absent. */
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

/** `x` in this shape. tf.reshape takes as long as another op on some backends, even if it changes nothing. */
export const reshape = (x: tf.Tensor, shape: number[]): tf.Tensor =>
  tf.util.arraysEqual(x.shape, shape) ? x : tf.reshape(x, shape);
