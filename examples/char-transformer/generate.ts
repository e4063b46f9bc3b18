import * as tf from '@tensorflow/tfjs';
import {uniform} from './random.js';
import type {Corpus} from './text.js';

/** `length` characters as the model goes on after the validation text's first. */
export function generate(
  model: tf.LayersModel,
  {characters, validation}: Corpus,
  context: number,
  length: number,
  seed: number,
): string {
  const random = uniform(seed);
  const written = [...validation.subarray(0, context)];
  for (let i = 0; i < length; i++) {
    const probabilities = tf.tidy(() => {
      const x = tf.tensor2d([written.slice(-context)], undefined, 'int32');
      const logits = model.apply(x) as tf.Tensor3D;
      return tf.softmax(tf.squeeze(tf.slice(logits, [0, context - 1, 0], [1, 1, -1]))).dataSync();
    });
    written.push(draw(probabilities, random()));
  }
  return written
    .slice(context)
    .map(number => characters[number])
    .join('');
}

function draw(probabilities: ArrayLike<number>, at: number): number {
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++) {
    sum += probabilities[i];
    if (at < sum) return i;
  }
  return probabilities.length - 1;
}
