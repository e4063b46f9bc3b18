/** Ops that tfjs has, without its limits of ranks on GPUs. */
import * as tf from '@tensorflow/tfjs-core';
import {viewOf} from './view.js';

/** With more axes, tfjs's ops of two tensors give wrong values on `wasm`, without an error, and so does the gradient of a sum. */
export const MOST_AXES = 6;

/** `t` where the condition holds, else 0. Both have one shape: flat, since tfjs's ranks end at 4. */
export const keepWhere = (condition: tf.Tensor, t: tf.Tensor): tf.Tensor =>
  tf.reshape(tf.where(tf.reshape(condition, [-1]), tf.reshape(t, [-1]), 0), t.shape);

/**
 * `t` repeated to a shape. Neighbouring axes that are all repeated, or all not, are one axis for
 * tfjs: from rank 5 on, it would read the values back from the GPU, which WebGPU does not allow.
 */
export function broadcastTo(t: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const sizes = [...Array<number>(shape.length - t.rank).fill(1), ...t.shape];
  const repeated = shape.flatMap((size, axis) => (sizes[axis] === size ? [] : [axis]));
  const view = viewOf(shape, repeated, []);
  const before = view.map(axis => (axis.reduced ? 1 : axis.size));
  const after = view.map(axis => axis.size);
  return tf.reshape(tf.broadcastTo(tf.reshape(t, before), after), [...shape]);
}
