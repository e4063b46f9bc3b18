import * as tf from '@tensorflow/tfjs';
import {type Digits, oneHotOf, pixelsOf, SIDE} from '../shared/mnist.js';

/** x: [batch, 28, 28, 1], from -0.5 to 0.5; y: [batch, 10], one-hot. */
export type Batch = {x: tf.Tensor4D; y: tf.Tensor2D};

export const toBatch = (digits: Digits, indices: ArrayLike<number>): Batch => ({
  x: tf.tensor4d(
    pixelsOf(digits, indices).map(pixel => pixel - 0.5),
    [indices.length, SIDE, SIDE, 1],
  ),
  y: oneHotOf(digits, indices),
});
