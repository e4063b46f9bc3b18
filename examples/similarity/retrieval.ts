import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {type Digits, toBatch} from '../shared/mnist.js';
import {shuffled} from '../shared/order.js';
import {indicesOf} from './digits.js';

export const QUERIES = 500;
export const GALLERY = 2000;
/** So many digits are retrieved for each query. */
export const RETRIEVED = 10;

// The same queries and gallery for all.
const SEED = 1;

/** The share of the retrieved digits that are of the query's class. */
export interface Precision {
  /** By the largest dot products. */
  dot: number;
  /** By the largest cosines: `l2Normalize` before the dot product. */
  cosine: number;
}

/** Digits to search for, then those that are searched. */
export interface Search {
  x: tf.Tensor2D;
  labels: Uint8Array;
}

/** Draws test digits of some classes. */
export function drawn(digits: Digits, classes: number[]): Search {
  const all = indicesOf(digits, classes);
  const order = shuffled(all.length, SEED).subarray(0, QUERIES + GALLERY);
  const indices = order.map(i => all[i]);
  const {x, y} = toBatch(digits, indices);
  y.dispose();
  return {x, labels: Uint8Array.from(indices, i => digits.labels[i])};
}

/** Retrieves by the embeddings that `embed` makes of pixels from 0 to 1. */
export const precision = ({x, labels}: Search, embed: (x: tf.Tensor2D) => tf.Tensor): Precision =>
  tf.tidy(() => {
    const z = embed(x);
    return {dot: precisionOf(z, labels), cosine: precisionOf(tfn.l2Normalize(z), labels)};
  });

function precisionOf(z: tf.Tensor, labels: Uint8Array): number {
  const [queries, gallery] = tf.split(z, [QUERIES, z.shape[0] - QUERIES]);
  const {indices} = tf.topk(tf.matMul(queries, gallery, false, true), RETRIEVED);
  const found = indices.dataSync();
  const hits = found.filter(
    (index, i) => labels[QUERIES + index] === labels[Math.floor(i / RETRIEVED)],
  );
  return hits.length / found.length;
}
