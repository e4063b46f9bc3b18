/** Batch norm at inference, `(x - mean) · scale + beta`, moved into kernels and biases. */
import * as tf from '@tensorflow/tfjs-core';
import type {Affine} from './batch_norm_layers.js';
import type {Kind} from './kernel_layers.js';

export type Weights = {
  /** See `Kind` for the shapes; of a separable convolution there are two. */
  readonly kernels: readonly tf.Tensor[];
  /** [out]; null for zeros. */
  readonly bias: tf.Tensor | null;
};

/** Folds a layer and the batch norm behind it: `norm(K x + b) = (scale · K) x + (b - mean) · scale + beta`. */
export function foldBehind(kind: Kind, {kernels, bias}: Weights, norm: Affine): Weights {
  const {mean, scale, beta} = norm;
  const last = kernels[kernels.length - 1];
  const [inputs, outputs] = last.shape.slice(-2);
  const aligned = {
    plain: scale,
    separable: scale,
    transposed: tf.reshape(scale, [-1, 1]),
    // Its output channels count through the multipliers of each input channel.
    depthwise: kind === 'depthwise' ? tf.reshape(scale, [inputs, outputs]) : scale,
  }[kind];
  const offset = bias == null ? tf.neg(mean) : tf.sub(bias, mean);
  return {
    kernels: [...kernels.slice(0, -1), tf.mul(last, aligned)],
    bias: tf.add(tf.mul(offset, scale), beta),
  };
}

/**
 * Folds a batch norm and the layer behind it: `K norm(x) + b = (K · scale) x + K shift + b`, where
 * `shift = beta - mean · scale` is at every position, so that the layer must not pad with zeros.
 */
export function foldBefore(kind: Kind, {kernels, bias}: Weights, norm: Affine): Weights {
  const [first, pointwise] = kernels;
  const perInput = (t: tf.Tensor) => tf.reshape(t, [-1, 1]);
  const shift = tf.sub(norm.beta, tf.mul(norm.mean, norm.scale));
  const shifted = tf.mul(first, perInput(shift));
  const added = addedBias(kind, shifted, pointwise);
  return {
    kernels: [tf.mul(first, perInput(norm.scale)), ...kernels.slice(1)],
    bias: bias == null ? added : tf.add(bias, added),
  };
}

/** `K shift`, of the shape [out], from the products of the first kernel with the shift. */
function addedBias(kind: Kind, shifted: tf.Tensor, pointwise?: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = shifted.shape.slice(-2);
  if (kind === 'plain') return tf.sum(tf.reshape(shifted, [-1, outputs]), 0);
  const depthwise = tf.sum(tf.reshape(shifted, [-1, inputs * outputs]), 0);
  if (pointwise == null) return depthwise;
  const matrix = tf.reshape(pointwise, pointwise.shape.slice(-2) as [number, number]);
  return tf.reshape(tf.matMul(tf.reshape(depthwise, [1, -1]), matrix), [-1]);
}
