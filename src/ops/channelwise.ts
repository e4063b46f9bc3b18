import * as tf from '@tensorflow/tfjs-core';
import {batchNormInference} from './batch_norm_inference.js';

type Terms = {
  /** The axis of the channels. Defaults to 0, that of a vector of them. */
  axis?: number;
  /** Defaults to 0, as `variance` and `beta` do. */
  mean?: tf.Tensor;
  variance?: tf.Tensor;
  /** Defaults to 1, as `gamma` does. */
  epsilon?: number;
  gamma?: tf.Tensor;
  beta?: tf.Tensor;
};

/**
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, where each term but `epsilon` has a value
 * for each channel. It is one kernel, and one launch of a GPU, in the place of five tf ops; and
 * tf.mul would broadcast over maps slowly.
 */
export function channelwise(
  x: tf.Tensor,
  {axis = 0, mean, variance, epsilon = 1, gamma, beta}: Terms,
): tf.Tensor {
  const zeros = () => tf.zeros([x.shape[axis]]);
  const params = {axis, epsilon, gamma, beta};
  return batchNormInference(x, mean ?? zeros(), variance ?? zeros(), params);
}
