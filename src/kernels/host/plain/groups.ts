/** What is computed of each group between the loops over its elements, all in double precision. */
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {groupSize} from '../../../view.js';

/** Variance, mean square or norm, of the sum of the powers. */
export function spreadOf(total: number, count: number, {average, power}: Statistic): number {
  if (average) return total / count;
  return power === 2 ? Math.sqrt(total) : total;
}

/** 1 / std, 1 / rms or 1 / norm; 0 for the norm of a zero vector. */
export function reciprocal(spread: number, {average}: Statistic, epsilon: number): number {
  if (average) return 1 / Math.sqrt(spread + epsilon);
  return spread === 0 ? 0 : 1 / Math.max(spread, epsilon);
}

export function packStats(
  mean: Float64Array,
  spread: Float64Array,
  rstd: Float64Array,
): Float32Array {
  const stats = new Float32Array(4 * mean.length);
  for (let g = 0; g < mean.length; g++) {
    stats[4 * g] = mean[g];
    stats[4 * g + 1] = mean[g] - stats[4 * g];
    stats[4 * g + 2] = spread[g];
    stats[4 * g + 3] = rstd[g];
  }
  return stats;
}

export function unpackStats(stats: Float32Array) {
  const groups = stats.length / 4;
  const mean = new Float64Array(groups);
  const spread = new Float64Array(groups);
  const rstd = new Float64Array(groups);
  for (let g = 0; g < groups; g++) {
    mean[g] = stats[4 * g] + stats[4 * g + 1];
    spread[g] = stats[4 * g + 2];
    rstd[g] = stats[4 * g + 3];
  }
  return {mean, spread, rstd};
}

/**
 * Turns each group's sums of `h` and of `h * (x - mean)` into `mean(h)` and `collect(h * xhat)`,
 * with what `dstats` adds to them.
 */
export function finishTerms(
  sumH: Float64Array,
  sumHX: Float64Array,
  stats: Float32Array,
  dstats: Float32Array,
  {view, statistic, epsilon}: NormalizeAttrs,
): void {
  const {spread, rstd} = unpackStats(stats);
  const count = groupSize(view);
  for (let g = 0; g < sumH.length; g++) {
    if (statistic.center) {
      // Less what comes through the mean and the variance themselves.
      sumH[g] = (sumH[g] - dstats[4 * g] / rstd[g]) / count;
      sumHX[g] = (sumHX[g] * rstd[g] - (2 * dstats[4 * g + 2]) / rstd[g] ** 2) / count;
    } else {
      sumH[g] = 0;
      // A norm that epsilon holds up does not move with x.
      sumHX[g] *= statistic.average ? rstd[g] / count : spread[g] > epsilon ? rstd[g] : 0;
    }
  }
}
