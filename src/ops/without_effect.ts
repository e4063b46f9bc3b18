import * as tf from '@tensorflow/tfjs-core';

/**
 * `value` as a result on which inputs have no effect, as on an empty one: they get zero gradients, of
 * every order. tfjs's own ops would make them of sums of nothing, which fail: for a parameter that was
 * broadcast anywhere, and otherwise on webgpu.
 */
export function withoutEffect(value: tf.Tensor, inputs: tf.Tensor[]): tf.Tensor {
  const op = tf.customGrad((...args: unknown[]) => ({
    value: tf.clone(args[0] as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [
      tf.clone(dy),
      ...inputs.map(({shape}) => withoutEffect(tf.zeros(shape), [dy])),
    ],
  }));
  return op(value, ...inputs);
}
