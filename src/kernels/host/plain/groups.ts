/** The numbers of each group between the loops over its elements, all in double precision. */
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {groupSize} from '../../../view.js';

/** The variance, mean square or norm that a sum of powers amounts to. */
export function spreadOf(total: number, count: number, {average, power}: Statistic): number {
  if (average) return total / count;
  return power === 2 ? Math.sqrt(total) : total;
}

/** 1 / std, 1 / rms or 1 / norm; 0 for the norm of a zero vector. */
export function reciprocal(spread: number, {average}: Statistic, epsilon: number): number {
  if (average) return 1 / Math.sqrt(spread + epsilon);
  return spread === 0 ? 0 : 1 / Math.max(spread, epsilon);
}

export type GroupStats = Record<'mean' | 'spread' | 'rstd', Float64Array>;

export function unpackStats(stats: Float32Array): GroupStats {
  const perGroup = (of: (at: number) => number) =>
    Float64Array.from({length: stats.length / 4}, (_, g) => of(4 * g));
  return {
    mean: perGroup(at => stats[at] + stats[at + 1]),
    spread: perGroup(at => stats[at + 2]),
    rstd: perGroup(at => stats[at + 3]),
  };
}

/**
 * Turns each group's sums of `h` and of `h * (x - mean)` into `mean(h)` and `collect(h * xhat)`,
 * with what comes through the mean and the spread themselves.
 */
export function finishTerms(
  sumH: Float64Array,
  sumHX: Float64Array,
  {spread, rstd}: GroupStats,
  {dmean, dspread}: {dmean?: Float32Array; dspread?: Float32Array},
  {view, statistic, epsilon}: NormalizeAttrs,
): void {
  const count = groupSize(view);
  for (let g = 0; g < sumH.length; g++) {
    if (statistic.center) {
      sumH[g] = (sumH[g] - (dmean?.[g] ?? 0) / rstd[g]) / count;
      sumHX[g] = (sumHX[g] * rstd[g] - (2 * (dspread?.[g] ?? 0)) / rstd[g] ** 2) / count;
    } else {
      sumH[g] = 0;
      // A norm that epsilon holds up does not move with x.
      sumHX[g] *= statistic.average ? rstd[g] / count : spread[g] > epsilon ? rstd[g] : 0;
    }
  }
}
