import * as tf from '@tensorflow/tfjs';

/** The numbers below `count` in order. */
export const firstOnes = (count: number): Uint32Array =>
  Uint32Array.from({length: count}, (_, i) => i);

/** The numbers below `count` in an order that only `seed` decides. */
export function shuffled(count: number, seed: number): Uint32Array {
  // tf.util.shuffle takes no seed.
  const keys = tf.tidy(() => tf.randomUniform([count], 0, 1, 'float32', seed).dataSync());
  return firstOnes(count).sort((a, b) => keys[a] - keys[b]);
}
