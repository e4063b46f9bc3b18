import type {ForwardAttrs, NormalizeAttrs} from '../../contract.js';
import {groupCount, groupSize} from '../../../view.js';
import type {Arrays} from '../arrays.js';
import {activationOf} from './activations.js';
import {reciprocal, spreadOf} from './groups.js';
import {forElements} from './elements.js';

/** `y = activation((x - mean) * rstd * (gamma + gammaOffset) + beta)`, and what is asked for of each group. */
export function normalize({gamma, beta, y, stats, sum, ...others}: Arrays, attrs: ForwardAttrs) {
  const {view, statistic, epsilon, momentum, gammaOffset = 0, activation} = attrs;
  if (sum != null) add(others, sum, attrs);
  const x = sum ?? others['x'];
  const {value} = activationOf(activation);
  const mean = statistic.center ? groupMeans(x, attrs) : new Float64Array(groupCount(view));
  const spread = groupSpreads(x, mean, attrs);
  const rstd = spread.map(s => reciprocal(s, statistic, epsilon));

  forElements(view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const p = param + paramOf[j];
      y[i] = value((x[i] - mean[g]) * rstd[g] * (gamma[p] + gammaOffset) + beta[p]);
    }
  });
  if (stats != null) packStats(stats, mean, spread, rstd);
  if (others['mean'] == null) return;
  handOut(others['mean'], mean, others['movingMean'], momentum);
  handOut(others['spread'], spread, others['movingSpread'], momentum);
}

/** `sum = alpha * residual + gate * x`, rounded as in float32, so that it has the bits that other loops give it. */
function add({x, residual, gate}: Arrays, sum: Float32Array, {view, alpha}: ForwardAttrs): void {
  const {fround} = Math;
  const factor = fround(alpha!);
  forElements(view, (i, end, _, param, __, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const gated = gate == null ? x[i] : fround(gate[param + paramOf[j]] * x[i]);
      sum[i] = gated + fround(factor * residual[i]);
    }
  });
}

function packStats(stats: Float32Array, ...[mean, spread, rstd]: Float64Array[]): void {
  for (let g = 0; g < mean.length; g++) {
    stats[4 * g] = mean[g];
    stats[4 * g + 1] = mean[g] - stats[4 * g];
    stats[4 * g + 2] = spread[g];
    stats[4 * g + 3] = rstd[g];
  }
}

/** The batch's own, or the moving averages behind this batch. */
function handOut(
  output: Float32Array,
  batch: Float64Array,
  moving: Float32Array | undefined,
  momentum: number,
): void {
  for (let g = 0; g < batch.length; g++) {
    output[g] = moving == null ? batch[g] : moving[g] * momentum + batch[g] * (1 - momentum);
  }
}

function groupMeans(x: Float32Array, {view}: NormalizeAttrs): Float64Array {
  const sums = new Float64Array(groupCount(view));
  forElements(view, (i, end, group, _, groupOf) => {
    for (let j = 0; i < end; i++, j++) sums[group + groupOf[j]] += x[i];
  });
  const count = groupSize(view);
  return sums.map(sum => sum / count);
}

/** Each group's variance, mean square or norm. */
function groupSpreads(
  x: Float32Array,
  mean: Float64Array,
  {view, statistic}: NormalizeAttrs,
): Float64Array {
  const sums = new Float64Array(mean.length);
  const squares = statistic.power === 2;
  forElements(view, (i, end, group, _, groupOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const d = x[i] - mean[g];
      sums[g] += squares ? d * d : Math.abs(d);
    }
  });
  const count = groupSize(view);
  return sums.map(sum => spreadOf(sum, count, statistic));
}
