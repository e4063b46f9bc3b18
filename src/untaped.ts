import * as tf from '@tensorflow/tfjs-core';

/**
 * The result of `f`, which gradients take for a constant: tfjs does not record what runs in it.
 *
 * Within a gradient, tfjs clones the inputs of most ops that it records: tf.mul takes three kernels
 * there, and one in here.
 */
export function untaped<T>(f: () => T): T {
  const {state} = tf.engine();
  // This is how tfjs's engine itself stops recording, while it runs a kernel.
  state.kernelDepth++;
  try {
    return f();
  } finally {
    state.kernelDepth--;
  }
}
