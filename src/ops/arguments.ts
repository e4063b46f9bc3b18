import * as tf from '@tensorflow/tfjs-core';
import {checkNumeric} from '../check.js';

/** What every normalization op takes beside its input. */
export type AffineConfig = {
  /** Multiplies the normalized values. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added at the end. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
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
