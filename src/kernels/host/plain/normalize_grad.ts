import type {GradAttrs, NormalizeAttrs} from '../../contract.js';
import {paramCount} from '../../../view.js';
import type {Arrays} from '../arrays.js';
import {activationOf} from './activations.js';
import {finishTerms, type GroupStats, unpackStats} from './groups.js';
import {forElements} from './elements.js';

/** `dx`, and `dgamma` and `dbeta`, as far as they are wanted. */
export function normalizeGrad(arrays: Arrays, attrs: GradAttrs): void {
  const stats = unpackStats(arrays['stats']);
  const dz = attrs.activation == null ? arrays['dy'] : behindActivation(arrays, stats, attrs);
  if (attrs.wanted.dx) inputGradient({...arrays, dz}, stats, attrs);
  if (attrs.wanted.dparams) paramGradients({...arrays, dz}, stats, attrs);
}

/** The gradient in front of the activation, whose slope is taken where the forward pass took its value. */
function behindActivation(
  {dy, x, gamma, beta}: Arrays,
  {mean, rstd}: GroupStats,
  {view, gammaOffset = 0, activation}: NormalizeAttrs,
): Float32Array {
  const {slope} = activationOf(activation);
  const dz = new Float32Array(dy.length);
  forElements(view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const p = param + paramOf[j];
      dz[i] = dy[i] * slope((x[i] - mean[g]) * rstd[g] * (gamma[p] + gammaOffset) + beta[p]);
    }
  });
  return dz;
}

/** `dx = rstd * (h - mean(h) - direction * collect(h * xhat)) + dsum` with `h = dz * (gamma + gammaOffset)`. */
function inputGradient(arrays: Arrays, stats: GroupStats, attrs: NormalizeAttrs): void {
  const {dz, x, gamma, dx, dsum} = arrays;
  const {mean, rstd} = stats;
  const {gammaOffset = 0} = attrs;
  const {meanH, along} = groupTerms(arrays, stats, attrs);
  const squares = attrs.statistic.power === 2;
  forElements(attrs.view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const h = dz[i] * (gamma[param + paramOf[j]] + gammaOffset);
      const direction = squares ? (x[i] - mean[g]) * rstd[g] : Math.sign(x[i]);
      dx[i] = rstd[g] * (h - meanH[g] - direction * along[g]) + (dsum?.[i] ?? 0);
    }
  });
}

/** Each group's `mean(h)` and `collect(h * xhat)`. */
function groupTerms(
  {dz, x, gamma, dmean, dspread}: Arrays,
  stats: GroupStats,
  attrs: NormalizeAttrs,
): {meanH: Float64Array; along: Float64Array} {
  const {mean} = stats;
  const {gammaOffset = 0} = attrs;
  const meanH = new Float64Array(mean.length);
  const along = new Float64Array(mean.length);
  forElements(attrs.view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const h = dz[i] * (gamma[param + paramOf[j]] + gammaOffset);
      meanH[g] += h;
      along[g] += h * (x[i] - mean[g]);
    }
  });
  finishTerms(meanH, along, stats, {dmean, dspread}, attrs);
  return {meanH, along};
}

/** `dgamma = sum(dz * xhat)` and `dbeta = sum(dz)` over all elements that share a parameter. */
function paramGradients(
  {dz, x, dgamma, dbeta}: Arrays,
  {mean, rstd}: GroupStats,
  {view}: NormalizeAttrs,
): void {
  const params = paramCount(view);
  const [sumDzXhat, sumDz] = [new Float64Array(params), new Float64Array(params)];
  forElements(view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const p = param + paramOf[j];
      sumDzXhat[p] += dz[i] * (x[i] - mean[g]) * rstd[g];
      sumDz[p] += dz[i];
    }
  });
  dgamma.set(sumDzXhat);
  dbeta.set(sumDz);
}
