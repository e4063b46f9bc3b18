import type * as tf from '@tensorflow/tfjs-core';
import {normalizedByGiven} from './normalized_by_given.js';

type Terms = {
  /** The axis of the channels. Defaults to 0, that of a vector of them. */
  axis?: number;
  /** Defaults to 1. */
  epsilon?: number;
  /** Defaults to 0, as `variance` and `beta` do. */
  mean?: tf.Tensor;
  variance?: tf.Tensor;
  /** Defaults to 1. */
  gamma?: tf.Tensor;
  beta?: tf.Tensor;
};

/**
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, where each term but `epsilon` has a value
 * for each channel. It is one kernel, and one launch of a GPU, in the place of five tf ops; and
 * tf.mul would broadcast over maps slowly. The terms have been checked.
 */
export const channelwise = (x: tf.Tensor, {axis = 0, epsilon = 1, ...terms}: Terms): tf.Tensor =>
  normalizedByGiven({x, ...terms}, {axes: [axis], axesOf: null}, epsilon);
