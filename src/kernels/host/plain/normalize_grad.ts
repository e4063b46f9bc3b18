import type {NormalizeAttrs} from '../../contract.js';
import {paramCount} from '../../../view.js';
import {finishTerms, unpackStats} from './groups.js';
import {runsOf} from './runs.js';

/** `dx = rstd * (h - mean(h) - direction * collect(h * xhat))` with `h = dy * gamma`. */
export function normalizeGrad(
  dy: Float32Array,
  x: Float32Array,
  gamma: Float32Array,
  stats: Float32Array,
  dstats: Float32Array,
  attrs: NormalizeAttrs,
): Float32Array {
  const {view, statistic} = attrs;
  const {mean, rstd} = unpackStats(stats);
  const {meanH, along} = groupTerms(dy, x, gamma, stats, dstats, attrs);

  const dx = new Float32Array(x.length);
  const {oneGroup, paramStep, groupOf, paramOf, visit} = runsOf(view);
  const squares = statistic.power === 2;
  visit((i, group, param, length) => {
    if (oneGroup) {
      const m = mean[group];
      const r = rstd[group];
      const mh = meanH[group];
      const al = along[group];
      for (const end = i + length; i < end; i++, param += paramStep) {
        const direction = squares ? (x[i] - m) * r : Math.sign(x[i]);
        dx[i] = r * (dy[i] * gamma[param] - mh - direction * al);
      }
      return;
    }
    for (let j = 0; j < length; j++, i++) {
      const g = group + groupOf[j];
      const direction = squares ? (x[i] - mean[g]) * rstd[g] : Math.sign(x[i]);
      dx[i] = rstd[g] * (dy[i] * gamma[param + paramOf[j]] - meanH[g] - direction * along[g]);
    }
  });
  return dx;
}

/** Each group's `mean(h)` and `collect(h * xhat)`, with what `dstats` adds to them. */
function groupTerms(
  dy: Float32Array,
  x: Float32Array,
  gamma: Float32Array,
  stats: Float32Array,
  dstats: Float32Array,
  attrs: NormalizeAttrs,
): {meanH: Float64Array; along: Float64Array} {
  const {mean} = unpackStats(stats);
  const meanH = new Float64Array(mean.length);
  const along = new Float64Array(mean.length);
  const {oneGroup, paramStep, groupOf, paramOf, visit} = runsOf(attrs.view);
  visit((i, group, param, length) => {
    if (oneGroup) {
      const m = mean[group];
      let sumH = 0;
      let sumHX = 0;
      for (const end = i + length; i < end; i++, param += paramStep) {
        const h = dy[i] * gamma[param];
        sumH += h;
        sumHX += h * (x[i] - m);
      }
      meanH[group] += sumH;
      along[group] += sumHX;
      return;
    }
    for (let j = 0; j < length; j++, i++) {
      const g = group + groupOf[j];
      const h = dy[i] * gamma[param + paramOf[j]];
      meanH[g] += h;
      along[g] += h * (x[i] - mean[g]);
    }
  });

  finishTerms(meanH, along, stats, dstats, attrs);
  return {meanH, along};
}

/** `dgamma = sum(dy * xhat)` and `dbeta = sum(dy)` over all elements that share a parameter. */
export function normalizeParamGrad(
  dy: Float32Array,
  x: Float32Array,
  stats: Float32Array,
  {view}: NormalizeAttrs,
): Float32Array {
  const {mean, rstd} = unpackStats(stats);
  const params = paramCount(view);
  const dgamma = new Float64Array(params);
  const dbeta = new Float64Array(params);
  const {oneGroup, paramStep, groupOf, paramOf, visit} = runsOf(view);
  visit((i, group, param, length) => {
    if (!oneGroup) {
      for (let j = 0; j < length; j++, i++) {
        const g = group + groupOf[j];
        const p = param + paramOf[j];
        dgamma[p] += dy[i] * (x[i] - mean[g]) * rstd[g];
        dbeta[p] += dy[i];
      }
      return;
    }
    const m = mean[group];
    const r = rstd[group];
    if (paramStep === 0) {
      let sumDyX = 0;
      let sumDy = 0;
      for (const end = i + length; i < end; i++) {
        sumDyX += dy[i] * (x[i] - m);
        sumDy += dy[i];
      }
      dgamma[param] += sumDyX * r;
      dbeta[param] += sumDy;
      return;
    }
    for (const end = i + length; i < end; i++, param++) {
      dgamma[param] += dy[i] * (x[i] - m) * r;
      dbeta[param] += dy[i];
    }
  });
  const both = new Float32Array(2 * params);
  both.set(dgamma);
  both.set(dbeta, params);
  return both;
}
