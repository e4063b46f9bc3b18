import type {NormalizeAttrs} from '../../contract.js';
import type {Arrays} from '../call.js';
import {forElements} from './elements.js';

/** `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, with statistics of each parameter. */
export function normalizeGiven(
  {x, mean, variance, gamma, beta, y}: Arrays,
  {view, epsilon}: NormalizeAttrs,
): void {
  const factor = new Float64Array(variance.length);
  for (let p = 0; p < factor.length; p++) factor[p] = gamma[p] / Math.sqrt(variance[p] + epsilon);
  forElements(view, (i, end, _, param, __, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const p = param + paramOf[j];
      y[i] = (x[i] - mean[p]) * factor[p] + beta[p];
    }
  });
}
