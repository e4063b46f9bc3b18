import type * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {type Lines, recenter} from './lines.js';
import {times} from './statistics.js';
import type {TensorFlow} from './tensorflow.js';

/** `gamma` and `dstats` are there for `dx` only. */
export type GradInputs = Record<string, tf.TensorInfo>;

export type Grads = {dx: () => tf.TensorInfo; dparams: () => tf.TensorInfo};

/** What the gradient needs of each group, and the input that it is of. */
export type GradGroups = {
  /** Multiplied by `scale`, then less the float32 of the mean if that is large. */
  readonly x: tf.TensorInfo;
  readonly scale: number;
  /** What is left of it in `x`. */
  readonly mean: Float64Array;
  readonly rstd: Float64Array;
  /** A norm that epsilon holds up does not move with x. */
  readonly moves: readonly boolean[];
  readonly dmean: Float64Array;
  readonly dspread: Float64Array;
};

// In standard deviations. Sums of products lose as many digits.
const LARGE_MEAN = 4;
// Products of such numbers are on their way to overflow or to nothing.
const LARGE_RSTD = 1e12;

export function gradGroups(
  ops: TensorFlow,
  inputs: GradInputs,
  {statistic, epsilon}: NormalizeAttrs,
  lines: Lines,
): GradGroups {
  const stats = ops.read(inputs.stats);
  const dstats = inputs.dstats == null ? new Float32Array(stats.length) : ops.read(inputs.dstats);
  const perGroup = (f: (at: number) => number) =>
    Float64Array.from({length: stats.length / 4}, (_, g) => f(4 * g));
  const scale = scaleFor(perGroup(at => stats[at + 3]));
  let x = times(ops, ops.reshape(inputs.x, [...lines.shape]), scale);
  let mean = perGroup(at => (stats[at] + stats[at + 1]) * scale);
  const rstd = perGroup(at => stats[at + 3] / scale);
  if (statistic.center && mean.some((m, g) => Math.abs(m) * rstd[g] > LARGE_MEAN)) {
    const origin = mean.map(Math.fround);
    x = recenter(ops, x, lines, origin);
    mean = mean.map((m, g) => m - origin[g]);
  }
  return {
    x,
    scale,
    mean,
    rstd,
    moves: Array.from(mean, (_, g) => stats[4 * g + 2] > epsilon),
    dmean: perGroup(at => dstats[at] / scale),
    dspread: perGroup(at => dstats[at + 2] / scale ** 2),
  };
}

function scaleFor(rstd: Float64Array): number {
  const largest = rstd.reduce((max, r) => (Number.isFinite(r) && r > max ? r : max), 0);
  const isLarge = largest > LARGE_RSTD || (largest > 0 && largest < 1 / LARGE_RSTD);
  return isLarge ? 2 ** Math.round(Math.log2(largest)) : 1;
}
