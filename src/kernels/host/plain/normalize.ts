import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {groupCount, groupSize, type NormView} from '../../../view.js';
import {packStats, reciprocal, spreadOf} from './groups.js';
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
  statistic: Statistic,
): Float64Array {
  const {power} = statistic;
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
  const count = groupSize(view);
  return sums.map(sum => spreadOf(sum, count, statistic));
}
