import * as tf from '@tensorflow/tfjs';

/** The one input of a layer, which tfjs passes as it is or in a list. */
export const only = (inputs: tf.Tensor | tf.Tensor[]): tf.Tensor =>
  Array.isArray(inputs) ? inputs[0] : inputs;

/** The shape of that input, which tfjs passes likewise. */
export const shapeOf = (shape: tf.Shape | tf.Shape[]): tf.Shape =>
  Array.isArray(shape[0]) ? shape[0] : (shape as tf.Shape);

/** GPT-2's initial weights. */
export const seeded = (seed: number) => tf.initializers.randomNormal({stddev: 0.02, seed});
