import * as tf from '@tensorflow/tfjs-core';
import {batchNormInference} from './batch_norm_inference.js';

type Terms = {
  /** The axis of the channels. Defaults to 0, that of a vector of them. */
  axis?: number;
  /** Defaults to 0. */
  mean?: tf.Tensor;
  /** Defaults to 0. */
  variance?: tf.Tensor;
  /** Defaults to 1. */
  epsilon?: number;
  /** Defaults to 1. */
  gamma?: tf.Tensor;
  /** Defaults to 0. */
  beta?: tf.Tensor;
};

/**
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, where each term but `epsilon` has a value
 * for each channel. It is one kernel in the place of five tf ops, of which each would take longer on
 * vectors of channels than all of this does, and on maps broadcast slowly.
 */
export function channelwise(
  x: tf.Tensor,
  {axis = 0, mean, variance, epsilon = 1, gamma, beta}: Terms,
): tf.Tensor {
  const zeros = () => tf.zeros([x.shape[axis]]);
  const params = {axis, epsilon, gamma, beta};
  return batchNormInference(x, mean ?? zeros(), variance ?? zeros(), params);
}
