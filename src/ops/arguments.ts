import * as tf from '@tensorflow/tfjs-core';
import {checkNumeric} from '../check.js';

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

/**
 * `x`, which was checked, as a float32 tensor: like tf's ops, ours take arrays, integers and booleans.
 *
 * @param shape Another shape of its size, if there is one.
 */
export function asFloat(x: tf.Tensor | tf.TensorLike, shape?: number[]): tf.Tensor {
  const given = x instanceof tf.Tensor ? x : tf.tensor(x, undefined, 'float32');
  const float = given.dtype === 'float32' ? given : tf.cast(given, 'float32');
  // tf.reshape takes as long as another op on some backends, even if it changes nothing.
  return shape == null || tf.util.arraysEqual(float.shape, shape)
    ? float
    : tf.reshape(float, shape);
}

/** `x` as a float32 tensor, if it can be one. */
export function toFloat(op: string, name: string, x: tf.Tensor | tf.TensorLike): tf.Tensor {
  checkNumeric(op, name, x);
  return asFloat(x);
}
