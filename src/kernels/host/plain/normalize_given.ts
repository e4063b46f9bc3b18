import type {NormalizeAttrs} from '../../contract.js';
import type {Arrays} from '../arrays.js';
import {activationOf} from './activations.js';
import {forElements} from './elements.js';

/**
 * `y = activation((x - mean) / sqrt(variance + epsilon) * (gamma + gammaOffset) + beta)`, with statistics of each
 * parameter.
 */
export function normalizeGiven(
  {x, mean, variance, gamma, beta, y}: Arrays,
  {view, epsilon, gammaOffset = 0, activation}: NormalizeAttrs,
): void {
  const factor = new Float64Array(variance.length);
  for (let p = 0; p < factor.length; p++) {
    factor[p] = (gamma[p] + gammaOffset) / Math.sqrt(variance[p] + epsilon);
  }
  const {value} = activationOf(activation);
  forElements(view, (i, end, _, param, __, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const p = param + paramOf[j];
      y[i] = value((x[i] - mean[p]) * factor[p] + beta[p]);
    }
  });
}
