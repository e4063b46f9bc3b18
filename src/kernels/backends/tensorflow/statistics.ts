import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {groupCount, groupSize} from '../../../view.js';
import {reciprocal} from '../../host/plain/groups.js';
import {addUp, type Lines, recenter, squareLines, sumLines} from './lines.js';
import type {TensorFlow} from './tensorflow.js';

/** What the map needs of each group, and the input that it is of. */
export type Measured = {
  readonly x: tf.TensorInfo;
  readonly mean: Float64Array;
  readonly spread: Float64Array;
  readonly rstd: Float64Array;
  /** What was subtracted from the input before; float32 each. */
  readonly origin: Float64Array;
  /** What the input was multiplied with before that. */
  readonly scale: number;
};

// The mean square less the square of the mean loses as many digits as this has.
const SMALL_MEAN = 4;
// Beyond, squares are on their way to overflow or, at its reciprocal, to nothing.
const LARGEST = 1e12;

/** The statistics of `x`, whose shape is that of `lines`. */
export function measure(
  ops: TensorFlow,
  x: tf.TensorInfo,
  lines: Lines,
  attrs: NormalizeAttrs,
): Measured {
  const first = measureNear(ops, x, lines, attrs);
  if (!first.extreme) return {...first, scale: 1};
  const [largest] = ops.read(ops.max(ops.abs(x)));
  const isUsual = largest > 1 / LARGEST && largest < LARGEST;
  if (isUsual || largest === 0 || !Number.isFinite(largest)) return {...first, scale: 1};
  const scale = 2 ** -Math.round(Math.log2(largest));
  const {average} = attrs.statistic;
  const epsilon = attrs.epsilon * (average ? scale ** 2 : scale);
  return {...measureNear(ops, times(ops, x, scale), lines, {...attrs, epsilon}), scale};
}

/** In two steps, since one factor may not be a float32. */
export function times(ops: TensorFlow, x: tf.TensorInfo, scale: number): tf.TensorInfo {
  if (scale === 1) return x;
  const root = 2 ** Math.floor(Math.log2(scale) / 2);
  return ops.mul(ops.mul(x, tf.scalar(root)), tf.scalar(scale / root));
}

/** From the origin if the means are small, else from the means. */
function measureNear(ops: TensorFlow, x: tf.TensorInfo, lines: Lines, attrs: NormalizeAttrs) {
  const {view, statistic} = attrs;
  const totals = (x: tf.TensorInfo) => groupTotals(ops, x, lines, attrs);
  const count = groupSize(view);
  let {sums, powers} = totals(x);
  const origin = new Float64Array(powers.length);
  if (statistic.center && isOff(sums, powers, count)) {
    for (let g = 0; g < origin.length; g++) origin[g] = Math.fround(sums[g] / count);
    x = recenter(ops, x, lines, origin);
    ({sums, powers} = totals(x));
  }
  const mean = sums.map(sum => sum / count);
  const spread = powers.map((power, g) => spreadOf(power, mean[g], count, statistic));
  const rstd = spread.map(s => reciprocal(s, statistic, attrs.epsilon));
  const extreme = statistic.power === 2 && powers.some(p => p > LARGEST ** 2 || p < LARGEST ** -2);
  return {x, mean, spread, rstd, origin, extreme};
}

function groupTotals(
  ops: TensorFlow,
  x: tf.TensorInfo,
  lines: Lines,
  {view, statistic: {center, power}}: NormalizeAttrs,
): {sums: Float64Array; powers: Float64Array} {
  const groups = groupCount(view);
  const add = (values: ArrayLike<number>) => addUp(values, lines.groupOf, groups);
  const powers = add(power === 2 ? squareLines(ops, x) : sumLines(ops, ops.abs(x)));
  return {sums: center ? add(sumLines(ops, x)) : new Float64Array(groups), powers};
}

const isOff = (sums: Float64Array, powers: Float64Array, count: number): boolean =>
  sums.some((sum, g) => {
    const square = (sum / count) ** 2;
    return square > SMALL_MEAN * (powers[g] / count - square);
  });

function spreadOf(power: number, mean: number, count: number, statistic: Statistic): number {
  if (statistic.average) return Math.max(0, power / count - mean ** 2);
  return statistic.power === 2 ? Math.sqrt(power) : power;
}

/** `stats` as the contract has it. */
export function packStats(measured: Measured, {average}: Statistic): tf.Tensor {
  const {mean, spread, rstd, origin, scale} = measured;
  const stats = new Float32Array(4 * mean.length);
  for (let g = 0; g < mean.length; g++) {
    const exact = (origin[g] + mean[g]) / scale;
    stats[4 * g] = exact;
    stats[4 * g + 1] = exact - stats[4 * g];
    stats[4 * g + 2] = spread[g] / (average ? scale ** 2 : scale);
    stats[4 * g + 3] = rstd[g] * scale;
  }
  return tf.tensor3d(stats, [mean.length, 2, 2]);
}
