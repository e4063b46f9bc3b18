import type {NormalizeAttrs} from '../contract.js';
import {finishTerms, unpackStats} from './plain/groups.js';
import {at, forLines, kernelsOf} from './for_lines.js';
import {inRange} from './in_range.js';
import {flagsOf, STRIP} from './kernels.js';
import {type LinesPlan, type Part, partsOf} from './plan.js';
import type {Space} from './space.js';

type Arrays = Record<string, Float32Array>;

/** Of a line of a part: the sums of dy and, behind those of all lines, of dy * (x - mean). */
export type LineSums = Float64Array;

/** `false` if the values leave the range in which float32 can square them. */
export function normalizeGradLines(
  space: Space,
  arrays: Arrays,
  plan: LinesPlan,
  attrs: NormalizeAttrs,
  saved?: LineSums[],
): boolean {
  const {statistic} = attrs;
  const {spread, rstd} = unpackStats(arrays.stats);
  if (!inRange(spread, rstd, attrs.statistic)) return false;
  const flags = flagsOf(statistic);
  const [m, a, b, d] = [0, 1, 2, 3].map(() => space.floats(plan.groupOf.length));
  const sumsOf = lineSums(space, plan, arrays, m);
  const {gradApply} = kernelsOf(space, plan);
  partsOf(plan).forEach((part, i) => {
    const [dy, x, dx] = [arrays.dy, arrays.x, arrays.dx].map(part.slice);
    const [stats, dstats] = [arrays.stats, arrays.dstats].map(part.slice);
    const gamma = part.params(arrays.gamma);
    const sums = saved?.[i] ?? sumsOf(part);
    const {rstd} = unpackStats(stats);
    const sumH = new Float64Array(rstd.length);
    const sumHX = new Float64Array(rstd.length);
    for (let l = 0; l < part.lines; l++) {
      const g = plan.groupOf[l];
      const h = gamma[plan.paramOf[l]];
      sumH[g] += h * sums[l];
      sumHX[g] += h * (sums[part.lines + l] - stats[4 * g + 1] * sums[l]);
    }
    finishTerms(sumH, sumHX, stats, dstats, attrs);

    for (let l = 0; l < part.lines; l++) {
      const g = plan.groupOf[l];
      m[l] = stats[4 * g];
      a[l] = rstd[g] * gamma[plan.paramOf[l]];
      b[l] = -rstd[g] * sumHX[g] * (statistic.power === 2 ? rstd[g] : 1);
      d[l] = -rstd[g] * sumH[g] - stats[4 * g + 1] * b[l];
    }
    forLines(space, plan, part, [dy, x], [dx], ([dy, x, dx], rows, width, line) => {
      gradApply(dy, x, dx, rows, width, flags, ...at(line, m, a, b, d));
    });
  });
  return true;
}

/** Returns the sums, which `normalizeGradLines` needs as well; `null` where it would be `false`. */
export function normalizeParamGradLines(
  space: Space,
  arrays: Arrays,
  plan: LinesPlan,
  attrs: NormalizeAttrs,
): LineSums[] | null {
  const {spread, rstd} = unpackStats(arrays.stats);
  if (!inRange(spread, rstd, attrs.statistic)) return null;
  const sumsOf = lineSums(space, plan, arrays, space.floats(plan.groupOf.length));
  const params = arrays.dparams.length / 2;
  const [dgamma, dbeta] = [0, 1].map(() => new Float64Array(params));
  const saved = partsOf(plan).map(part => {
    const stats = part.slice(arrays.stats);
    const [partDgamma, partDbeta] = [dgamma, dbeta].map(part.params);
    const sums = sumsOf(part);
    for (let l = 0; l < part.lines; l++) {
      const g = 4 * plan.groupOf[l];
      const p = plan.paramOf[l];
      partDgamma[p] += (sums[part.lines + l] - stats[g + 1] * sums[l]) * stats[g + 3];
      partDbeta[p] += sums[l];
    }
    return sums;
  });
  arrays.dparams.set(dgamma);
  arrays.dparams.set(dbeta, params);
  return saved;
}

/** A function that sums a part's lines; `m` is room for their means. */
function lineSums(space: Space, plan: LinesPlan, arrays: Arrays, m: Float32Array) {
  const [s, q] = [0, 1].map(() => space.doubles(plan.groupOf.length));
  const tmp = space.floats(2 * STRIP);
  const {gradSums} = kernelsOf(space, plan);
  return (part: Part): LineSums => {
    const [dy, x, stats] = [arrays.dy, arrays.x, arrays.stats].map(part.slice);
    for (let l = 0; l < part.lines; l++) m[l] = stats[4 * plan.groupOf[l]];
    s.fill(0);
    q.fill(0);
    forLines(space, plan, part, [dy, x], [], ([dy, x], rows, width, line) => {
      gradSums(dy, x, rows, width, ...at(line, m, s, q), tmp.byteOffset);
    });
    const sums = new Float64Array(2 * part.lines);
    sums.set(s.subarray(0, part.lines));
    sums.set(q.subarray(0, part.lines), part.lines);
    return sums;
  };
}
