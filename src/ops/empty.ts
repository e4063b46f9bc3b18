import * as tf from '@tensorflow/tfjs-core';

/**
 * The result for an empty `x`: of its shape, with zeros for the gradients of `x` and of all other
 * inputs. No kernel runs, as tfjs's GPU backends cannot compute with tensors that have no elements.
 */
export function emptyResult(x: tf.Tensor, ...others: Array<tf.Tensor | null>): tf.Tensor {
  const inputs = [x, ...others.filter(t => t != null)];
  const shapes = inputs.map(({shape}) => shape);
  const op = tf.customGrad(() => ({
    value: tf.zeros(x.shape),
    gradFunc: () => shapes.map(shape => tf.zeros(shape)),
  }));
  return op(...inputs);
}
