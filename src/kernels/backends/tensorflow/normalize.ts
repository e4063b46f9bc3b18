import type * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {mapAlong} from './along.js';
import {linesOf, mapLines, perLine} from './lines.js';
import {measure, packStats} from './statistics.js';
import type {TensorFlow} from './tensorflow.js';

/** `y = (x - mean) * rstd * gamma + beta`: an affine map of each line. */
export function normalize(
  ops: TensorFlow,
  x: tf.TensorInfo,
  gamma: tf.TensorInfo,
  beta: tf.TensorInfo,
  attrs: NormalizeAttrs,
): [y: tf.TensorInfo, stats: tf.TensorInfo] {
  const lines = linesOf(attrs.view);
  const measured = measure(ops, ops.reshape(x, [...lines.shape]), lines, attrs);
  const {mean, rstd} = measured;
  const {groupOf, paramOf} = lines;
  const [$gamma, $beta] = [gamma, beta].map(t => ops.read(t));

  const factor = (line: number) =>
    rstd[groupOf[line]] * (paramOf == null ? 1 : $gamma[paramOf[line]]);
  const scale = perLine(lines, factor);
  const offset = perLine(
    lines,
    line => (paramOf == null ? 0 : $beta[paramOf[line]]) - mean[groupOf[line]] * factor(line),
  );
  let y = mapLines(ops, measured.x, lines, scale, offset);
  if (paramOf == null) y = mapAlong(ops, y, gamma, beta, attrs.view);
  return [ops.reshape(y, x.shape), packStats(measured, attrs.statistic)];
}
