import * as tf from '@tensorflow/tfjs-core';
import {MOST_AXES} from './any_rank.js';

/** Up to so many terms, sums in float32 keep their digits whatever their order. */
const SHORT = 512;

/**
 * The sum over some axes, which stay with size 1.
 *
 * Some backends add up one term after the other in float32 (wasm; `tensorflow` along columns), which
 * costs a digit for each hundredfold number of terms. So a long sum is taken as one of partial sums.
 */
export function sum(t: tf.Tensor, axes: readonly number[]): tf.Tensor {
  const count = axes.reduce((product, axis) => product * t.shape[axis], 1);
  if (count <= SHORT) return tf.sum(t, [...axes], true);
  const longest = axes.reduce((a, b) => (t.shape[a] >= t.shape[b] ? a : b));
  if (t.rank >= MOST_AXES) return oneAfterAnother(t, axes, longest);
  const length = t.shape[longest];
  const parts = partsOf(length, count);
  const size = Math.floor(length / parts);
  const rest = length - parts * size;
  const head = rest === 0 ? t : part(t, longest, 0, parts * size);
  const shape = [...t.shape];
  shape.splice(longest, 1, parts, size);
  const others = axes.map(axis => (axis < longest ? axis : axis + 1));
  const partial = tf.sum(tf.reshape(head, shape), others, true);
  const total = tf.squeeze(tf.sum(partial, longest, true), [longest]);
  return rest === 0 ? total : tf.add(total, sum(part(t, longest, parts * size, rest), axes));
}

/** Where partial sums would be an axis too many: sums along one axis first, in three dimensions. */
function oneAfterAnother(t: tf.Tensor, axes: readonly number[], first: number): tf.Tensor {
  const {sizeFromShape} = tf.util;
  const shape = [...t.shape];
  const [length] = shape.splice(first, 1, 1);
  const before = sizeFromShape(shape.slice(0, first));
  const behind = sizeFromShape(shape.slice(first));
  const flat = sum(tf.reshape(t, [before, length, behind]), [1]);
  const others = axes.filter(axis => axis !== first);
  return sum(tf.reshape(flat, shape), others);
}

/** The mean over some axes, which stay with size 1. */
export const mean = (t: tf.Tensor, axes: readonly number[]): tf.Tensor =>
  tf.div(
    sum(t, axes),
    axes.reduce((product, axis) => product * t.shape[axis], 1),
  );

/** About the root of the count; without a remainder, which is a copy, if that can be. */
function partsOf(length: number, count: number): number {
  const wanted = Math.min(length, Math.ceil(Math.sqrt(count)));
  for (let parts = wanted; parts >= wanted / 2; parts--) if (length % parts === 0) return parts;
  return wanted;
}

function part(t: tf.Tensor, axis: number, from: number, size: number): tf.Tensor {
  const begin = t.shape.map((_, i) => (i === axis ? from : 0));
  return tf.slice(
    t,
    begin,
    t.shape.map((n, i) => (i === axis ? size : n)),
  );
}
