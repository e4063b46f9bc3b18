/** Parameters that vary along the lines. */
import * as tf from '@tensorflow/tfjs-core';
import {type NormView, paramCount} from '../../../view.js';
import {addUp, concat, type Lines, linesOf, mapLines, perLine, sumLines} from './lines.js';
import type {TensorFlow} from './tensorflow.js';

/** `x · gamma + beta`; without beta, `x · gamma`. */
export function mapAlong(
  ops: TensorFlow,
  x: tf.TensorInfo,
  gamma: tf.TensorInfo,
  beta: tf.TensorInfo | null,
  view: NormView,
): tf.TensorInfo {
  const isOne = ops.read(gamma).every(value => value === 1);
  const isZero = beta == null || ops.read(beta).every(value => value === 0);
  if (isOne && isZero) return x;
  if (isRows(view)) {
    const rows = ops.reshape(x, [x.shape[0], x.shape[1]]);
    return ops.reshape(ops.affine(rows, gamma, beta ?? tf.zeros(gamma.shape)), x.shape);
  }
  const shape = paramShape(view);
  const full = ops.reshape(x, sizesOf(view));
  const scaled = isOne ? full : ops.mul(full, ops.reshape(gamma, shape));
  const y = isZero ? scaled : ops.add(scaled, ops.reshape(beta, shape));
  return ops.reshape(y, x.shape);
}

/** `[2, params]`: the sums of `dyx · rstd + dy · shift` and of `dy` over all without a parameter. */
export function sumAcross(
  ops: TensorFlow,
  {dy, dyx}: {dy: tf.TensorInfo; dyx: tf.TensorInfo},
  {rstd, shift}: {rstd: Float64Array; shift: Float64Array},
  view: NormView,
  lines: Lines,
): tf.TensorInfo {
  const [rstds, shifts] = [rstd, shift].map(values =>
    perLine(lines, line => values[lines.groupOf[line]]),
  );
  if (isRows(view)) {
    const rows = rstds.length;
    const dot = (weights: Float32Array, t: tf.TensorInfo) =>
      ops.matMul(
        tf.tensor3d(weights, [1, weights.length / rows, rows]),
        ops.reshape(t, [1, rows, lines.shape[1]]),
      );
    const ones = new Float32Array(rows).fill(1);
    const scaled = ops.read(dot(rstds, dyx));
    const both = ops.read(dot(concat(shifts, ones), dy)).slice();
    for (let i = 0; i < scaled.length; i++) both[i] += scaled[i];
    return tf.tensor2d(both, [2, scaled.length]);
  }
  const dyxhat = ops.add(
    mapLines(ops, dyx, lines, rstds, null),
    mapLines(ops, dy, lines, shifts, null),
  );
  // As those of groups that each parameter has: in short lines, which keep their digits.
  const across = linesOf(view.map(axis => ({...axis, reduced: !axis.param})));
  const [dgamma, dbeta] = [dyxhat, dy].map(t =>
    addUp(sumLines(ops, ops.reshape(t, [...across.shape])), across.groupOf, paramCount(view)),
  );
  return tf.tensor2d(concat(dgamma, dbeta), [2, dgamma.length]);
}

/** The sum of each row times `weights`. */
export function sumRows(
  ops: TensorFlow,
  rows: tf.TensorInfo,
  weights: tf.TensorInfo,
): Float32Array {
  const [outer, length] = rows.shape;
  const column = ops.reshape(weights, [1, length, 1]);
  return ops.read(ops.matMul(ops.reshape(rows, [1, outer, length]), column));
}

/** Parameters along the last axis and no other. */
export const isRows = (view: NormView): boolean =>
  view.every(({param}, i) => param === (i === view.length - 1));

export const sizesOf = (view: NormView): number[] => view.map(({size}) => size);

/** Of parameters that broadcast along the view. */
export const paramShape = (view: NormView): number[] =>
  view.map(({param, size}) => (param ? size : 1));
