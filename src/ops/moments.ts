import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeMoments} from '../kernels/contract.js';

/** Each group's mean and its spread, `[groups]`, out of the `stats` of kernel_names.ts. */
export function momentsOf(stats: tf.Tensor): [mean: tf.Tensor, spread: tf.Tensor] {
  if (tf.getKernel(FusedNormalizeMoments, tf.getBackend()) != null) {
    const moments = tf.engine().runKernel<tf.Tensor>(FusedNormalizeMoments, {stats});
    return tf.unstack(moments) as [tf.Tensor, tf.Tensor];
  }
  const row = (row: 0 | 1) => tf.reshape(tf.slice(stats, [0, row, 0], [-1, 1, 1]), [-1]);
  return [row(0), row(1)];
}
