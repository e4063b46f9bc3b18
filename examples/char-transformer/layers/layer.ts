/** What layers of one's own need of tfjs. */
import * as tf from '@tensorflow/tfjs';

/** tfjs hands a layer's one input over as it is or in a list. */
export const only = (inputs: tf.Tensor | tf.Tensor[]): tf.Tensor =>
  Array.isArray(inputs) ? inputs[0] : inputs;

export const shapeOf = (shape: tf.Shape | tf.Shape[]): tf.Shape =>
  Array.isArray(shape[0]) ? shape[0] : (shape as tf.Shape);

/** GPT-2's initial weights. */
export const seeded = (seed: number) => tf.initializers.randomNormal({stddev: 0.02, seed});
