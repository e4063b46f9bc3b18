import type {GradAttrs, NormalizeAttrs} from '../../contract.js';
import {paramCount} from '../../../view.js';
import type {Arrays} from '../call.js';
import {finishTerms, type GroupStats, unpackStats} from './groups.js';
import {forElements} from './elements.js';

/** `dx`, and `dgamma` and `dbeta`, as far as they are wanted. */
export function normalizeGrad(arrays: Arrays, attrs: GradAttrs): void {
  const stats = unpackStats(arrays['stats']);
  if (attrs.wanted.dx) inputGradient(arrays, stats, attrs);
  if (attrs.wanted.dparams) paramGradients(arrays, stats, attrs);
}

/** `dx = rstd * (h - mean(h) - direction * collect(h * xhat))` with `h = dy * gamma`. */
function inputGradient(arrays: Arrays, stats: GroupStats, attrs: NormalizeAttrs): void {
  const {dy, x, gamma, dx} = arrays;
  const {mean, rstd} = stats;
  const {meanH, along} = groupTerms(arrays, stats, attrs);
  const squares = attrs.statistic.power === 2;
  forElements(attrs.view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const direction = squares ? (x[i] - mean[g]) * rstd[g] : Math.sign(x[i]);
      dx[i] = rstd[g] * (dy[i] * gamma[param + paramOf[j]] - meanH[g] - direction * along[g]);
    }
  });
}

/** Each group's `mean(h)` and `collect(h * xhat)`. */
function groupTerms(
  {dy, x, gamma, dmean, dspread}: Arrays,
  stats: GroupStats,
  attrs: NormalizeAttrs,
): {meanH: Float64Array; along: Float64Array} {
  const {mean} = stats;
  const meanH = new Float64Array(mean.length);
  const along = new Float64Array(mean.length);
  forElements(attrs.view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const h = dy[i] * gamma[param + paramOf[j]];
      meanH[g] += h;
      along[g] += h * (x[i] - mean[g]);
    }
  });
  finishTerms(meanH, along, stats, {dmean, dspread}, attrs);
  return {meanH, along};
}

/** `dgamma = sum(dy * xhat)` and `dbeta = sum(dy)` over all elements that share a parameter. */
function paramGradients(
  {dy, x, dgamma, dbeta}: Arrays,
  {mean, rstd}: GroupStats,
  {view}: NormalizeAttrs,
): void {
  const params = paramCount(view);
  const [sumDyXhat, sumDy] = [new Float64Array(params), new Float64Array(params)];
  forElements(view, (i, end, group, param, groupOf, paramOf) => {
    for (let j = 0; i < end; i++, j++) {
      const g = group + groupOf[j];
      const p = param + paramOf[j];
      sumDyXhat[p] += dy[i] * (x[i] - mean[g]) * rstd[g];
      sumDy[p] += dy[i];
    }
  });
  dgamma.set(sumDyXhat);
  dbeta.set(sumDy);
}
