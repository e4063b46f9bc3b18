import * as tf from '@tensorflow/tfjs-core';
import type {Activation} from '../activation.js';
import {checkNumeric} from '../check.js';
import type {Options} from '../options.js';

/**
 * The options of an op for the normalized values.
 *
 * `gamma` and `beta` have the shape of the op's features, or vary along any axes of `x`: they then have as
 * many axes as `x`, with 1 for each along which they do not vary, such as `[batch, 1, features]` for
 * parameters of each example. With fewer axes, the last ones of `x` are meant, as in `[heads, features]`.
 */
export interface AffineConfig {
  /** Multiplies the normalized values. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added behind that. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
  /** Is added to gamma: 1 where gamma is kept as its distance from 1, as in Gemma and in DiT. Defaults to 0. */
  gammaOffset?: number;
  /**
   * A function that is applied last, in the same kernel. The backward pass computes it again, so that nothing of
   * it is kept. Defaults to none.
   */
  activation?: Activation | null;
}

/** The names of these options. */
export const AFFINE_OPTIONS: Options<AffineConfig> = {
  gamma: true,
  beta: true,
  gammaOffset: true,
  activation: true,
};

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
