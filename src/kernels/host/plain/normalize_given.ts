import {runsOf} from './runs.js';
import type {NormalizeAttrs} from '../../contract.js';

/** `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, of statistics of each parameter. */
export function normalizeGiven(
  x: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  {view, epsilon}: NormalizeAttrs,
): Float32Array {
  const factor = Float64Array.from(variance, (v, p) => gamma[p] / Math.sqrt(v + epsilon));
  const y = new Float32Array(x.length);
  const {oneGroup, paramOf, visit} = runsOf(view);
  visit((i, _group, param, length) => {
    if (oneGroup) {
      const m = mean[param];
      const f = factor[param];
      const b = beta[param];
      for (const end = i + length; i < end; i++) y[i] = (x[i] - m) * f + b;
      return;
    }
    for (let j = 0; j < length; j++, i++) {
      const p = param + paramOf[j];
      y[i] = (x[i] - mean[p]) * factor[p] + beta[p];
    }
  });
  return y;
}
