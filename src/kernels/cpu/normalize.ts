import type {NormalizeAttrs} from '../../kernel_names.js';
import type {Statistic} from '../../statistic.js';
import {groupCount, groupSize, type NormView} from '../../view.js';
import {runsOf} from './runs.js';

/** `y = (x - mean) * rstd * gamma + beta`, all of it in double precision but the results. */
export function normalize(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  {view, statistic, epsilon}: NormalizeAttrs,
): {y: Float32Array; stats: Float32Array} {
  const mean = statistic.center ? groupMeans(x, view) : new Float64Array(groupCount(view));
  const spread = groupSpreads(x, mean, view, statistic);
  const rstd = spread.map(s => reciprocal(s, statistic, epsilon));

  const y = new Float32Array(x.length);
  const {oneGroup, paramStep, groupOf, paramOf, visit} = runsOf(view);
  visit((i, group, param, length) => {
    if (oneGroup) {
      const m = mean[group];
      const r = rstd[group];
      for (const end = i + length; i < end; i++, param += paramStep) {
        y[i] = (x[i] - m) * r * gamma[param] + beta[param];
      }
      return;
    }
    for (let j = 0; j < length; j++, i++) {
      const g = group + groupOf[j];
      const p = param + paramOf[j];
      y[i] = (x[i] - mean[g]) * rstd[g] * gamma[p] + beta[p];
    }
  });
  return {y, stats: packStats(mean, spread, rstd)};
}

function groupMeans(x: Float32Array, view: NormView): Float64Array {
  const sums = new Float64Array(groupCount(view));
  const {oneGroup, groupOf, visit} = runsOf(view);
  visit((i, group, _param, length) => {
    if (oneGroup) {
      let sum = 0;
      for (const end = i + length; i < end; i++) sum += x[i];
      sums[group] += sum;
      return;
    }
    for (let j = 0; j < length; j++, i++) sums[group + groupOf[j]] += x[i];
  });
  const count = groupSize(view);
  return sums.map(sum => sum / count);
}

/** Variance, mean square or norm. */
function groupSpreads(
  x: Float32Array,
  mean: Float64Array,
  view: NormView,
  {average, power}: Statistic,
): Float64Array {
  const sums = new Float64Array(mean.length);
  const {oneGroup, groupOf, visit} = runsOf(view);
  visit((i, group, _param, length) => {
    if (oneGroup) {
      const m = mean[group];
      let sum = 0;
      for (const end = i + length; i < end; i++) {
        const d = x[i] - m;
        sum += power === 2 ? d * d : Math.abs(d);
      }
      sums[group] += sum;
      return;
    }
    for (let j = 0; j < length; j++, i++) {
      const g = group + groupOf[j];
      const d = x[i] - mean[g];
      sums[g] += power === 2 ? d * d : Math.abs(d);
    }
  });
  if (average) {
    const count = groupSize(view);
    return sums.map(sum => sum / count);
  }
  return power === 2 ? sums.map(Math.sqrt) : sums;
}

/** 1 / std, 1 / rms or 1 / norm; 0 for the norm of a zero vector. */
function reciprocal(spread: number, {average}: Statistic, epsilon: number): number {
  if (average) return 1 / Math.sqrt(spread + epsilon);
  return spread === 0 ? 0 : 1 / Math.max(spread, epsilon);
}

function packStats(mean: Float64Array, spread: Float64Array, rstd: Float64Array): Float32Array {
  const stats = new Float32Array(4 * mean.length);
  for (let g = 0; g < mean.length; g++) {
    stats[4 * g] = mean[g];
    stats[4 * g + 1] = mean[g] - stats[4 * g];
    stats[4 * g + 2] = spread[g];
    stats[4 * g + 3] = rstd[g];
  }
  return stats;
}
