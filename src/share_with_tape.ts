import * as tf from '@tensorflow/tfjs-core';
import {untaped} from './untaped.js';

/**
 * Whether the op that runs next had better share with the tape what its gradient needs. tfjs itself saves it by
 * `tf.clone`, which copies the values on wasm: for 12 MB that takes as long as a normalization. Where a gradient is
 * within another, the copies connect the two.
 */
export function sharesWithTape(): boolean {
  const {gradientDepth, kernelDepth} = tf.engine().state;
  return gradientDepth === 1 && kernelDepth === 0 && tf.getBackend() === 'wasm';
}

/**
 * Saves tensors for the gradient of the op that ran last, as handles on the same values. tfjs disposes of them with its
 * tape, and gives them to the gradient behind what it has saved itself.
 */
export function shareWithTape(tensors: readonly tf.Tensor[]): void {
  const {activeTape} = tf.engine().state;
  const saved = activeTape[activeTape.length - 1].saved!;
  for (const tensor of tensors) {
    saved.push(tf.keep(untaped(() => tf.reshape(tensor, tensor.shape))));
  }
}
