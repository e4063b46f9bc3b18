import * as tf from '@tensorflow/tfjs-core';
import {indexTable, type NormView, viewSize, withSteps} from '../../../view.js';
import type {TensorFlow} from './tensorflow.js';

/**
 * A view as TensorFlow sees it: `[outer, length, inner]`, where the middle is the longest reduced
 * axis. TensorFlow works along these *lines*; what is left, one number a line, is put together
 * here in double precision.
 */
export type Lines = {
  readonly shape: [outer: number, length: number, inner: number];
  /** Nothing that is kept stands before the axis: its lines are the columns of a matrix. */
  readonly columns: boolean;
  /** For each line. */
  readonly groupOf: Int32Array;
  /** For each line; null if parameters vary along it. */
  readonly paramOf: Int32Array | null;
};

// Ops that add in plain float32 lose a digit beyond.
const LONGEST = 4096;
const SHORTEST = 256;

export function linesOf(view: NormView): Lines {
  const axes = withSteps(view);
  const lengths = axes.map(({reduced, size}) => (reduced ? size : 0));
  const at = lengths.indexOf(Math.max(...lengths));
  const reduced = lengths[at] > 0;
  const along = reduced ? axes[at] : {...axes[at], size: 1, param: false};
  const before = reduced ? axes.slice(0, at) : axes;
  const after = reduced ? axes.slice(at + 1) : [];
  const pieces = along.param ? 1 : piecesOf(along.size);
  const piece = {...along, size: pieces, groupStep: 0, paramStep: 0};
  const around = [...before, piece, ...after];
  return {
    shape: [viewSize(before) * pieces, along.size / pieces, viewSize(after)],
    columns: viewSize(before) === 1 && after.length > 0,
    groupOf: indexTable(around, 'groupStep'),
    paramOf: along.param ? null : indexTable(around, 'paramStep'),
  };
}

/** The fewest equal pieces that are short enough; one if there are none. */
function piecesOf(length: number): number {
  for (let n = Math.ceil(length / LONGEST); n * SHORTEST <= length; n++) {
    if (length % n === 0) return n;
  }
  return 1;
}

/** The sum of each line. As a product with ones, which neither copies nor loses digits. */
export function sumLines(ops: TensorFlow, x: tf.TensorInfo): Float32Array {
  const [outer, length, inner] = x.shape;
  const sums =
    inner === 1
      ? ops.matMul(ops.reshape(x, [1, outer, length]), tf.ones([1, length, 1]))
      : ops.matMul(tf.ones([1, 1, length]), x);
  return ops.read(sums);
}

/** The sum of the squares of each line. */
export function squareLines(ops: TensorFlow, x: tf.TensorInfo): Float64Array {
  return Float64Array.from(ops.read(ops.norm(x, [1])), norm => norm * norm);
}

/** `values` of lines, added up by `indexOf`. */
export function addUp(values: ArrayLike<number>, indexOf: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  for (let i = 0; i < indexOf.length; i++) sums[indexOf[i]] += values[i];
  return sums;
}

/** `valueOf` each line. */
export function perLine({groupOf}: Lines, valueOf: (line: number) => number): Float32Array {
  return Float32Array.from(groupOf, (_, line) => valueOf(line));
}

/** `x · scale + offset`, one of both for each line. */
export function mapLines(
  ops: TensorFlow,
  x: tf.TensorInfo,
  {shape: [outer, , inner], columns}: Lines,
  scale: Float32Array,
  offset: Float32Array | null,
): tf.TensorInfo {
  if (columns) {
    // All pieces of a column have the same.
    const [a, b] = [scale, offset ?? new Float32Array(inner)].map(t => t.slice(0, inner));
    return ops.affine(x, tf.tensor1d(a), tf.tensor1d(b));
  }
  const scaled = ops.mul(x, tf.tensor3d(scale, [outer, 1, inner]));
  if (offset == null || offset.every(value => value === 0)) return scaled;
  return ops.add(scaled, tf.tensor3d(offset, [outer, 1, inner]));
}

/** `x` less one value for each group. */
export function recenter(
  ops: TensorFlow,
  x: tf.TensorInfo,
  lines: Lines,
  origin: ArrayLike<number>,
): tf.TensorInfo {
  const origins = perLine(lines, line => origin[lines.groupOf[line]]);
  return ops.sub(x, tf.tensor3d(origins, [lines.shape[0], 1, lines.shape[2]]));
}

export function concat(first: ArrayLike<number>, second: ArrayLike<number>): Float32Array {
  const both = new Float32Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
