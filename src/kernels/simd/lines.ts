import type {NormalizeAttrs} from '../../kernel_names.js';
import {groupSize} from '../../view.js';
import {finishTerms, packStats, reciprocal, spreadOf, unpackStats} from '../plain/groups.js';
import {flagsOf, STRIP} from './kernels.js';
import {lineLength, type LinesPlan, type Part, partsOf} from './plan.js';
import type {Space} from './space.js';

type Arrays = Record<string, Float32Array>;

/** Of a line of a part: the sums of dy and, behind those of all lines, of dy * (x - mean). */
export type LineSums = Float64Array;

/** `false` if the values leave the range in which float32 can square them. */
export function normalizeLines(
  space: Space,
  arrays: Arrays,
  plan: LinesPlan,
  attrs: NormalizeAttrs,
): boolean {
  const {view, statistic, epsilon} = attrs;
  const flags = flagsOf(statistic);
  const [mean, m2] = [0, 1].map(() => space.doubles(plan.groupOf.length));
  const [m, a, b] = [0, 1, 2].map(() => space.floats(plan.groupOf.length));
  const tmp = space.floats(3 * STRIP);
  const {moments, apply} = kernelsOf(space, plan);
  for (const part of partsOf(plan, view)) {
    const [x, y] = [arrays.x, arrays.y].map(part.slice);
    const [gamma, beta] = [arrays.gamma, arrays.beta].map(part.params);
    const stats = part.slice(arrays.stats);
    forMatrices(space, plan, part, [x], [], ([x], rows, width, line, done) => {
      moments(x, rows, width, flags, ...at(line, mean, m2), done, tmp.byteOffset);
    });

    const group = joinLines(mean, m2, stats.length / 4, plan, part, attrs);
    const spread = group.total.map(total => spreadOf(total, groupSize(view), statistic));
    const rstd = spread.map(s => reciprocal(s, statistic, epsilon));
    if (!inRange(rstd, attrs)) return false;
    stats.set(packStats(group.mean, spread, rstd));

    for (let l = 0; l < part.lines; l++) {
      const g = plan.groupOf[l];
      const p = plan.paramOf[l];
      m[l] = group.mean[g];
      a[l] = rstd[g] * gamma[p];
      b[l] = beta[p] - (group.mean[g] - m[l]) * rstd[g] * gamma[p];
    }
    forMatrices(space, plan, part, [x], [y], ([x, y], rows, width, line) => {
      apply(x, y, rows, width, ...at(line, m, a, b));
    });
  }
  return true;
}

export function normalizeGradLines(
  space: Space,
  arrays: Arrays,
  plan: LinesPlan,
  attrs: NormalizeAttrs,
  saved?: LineSums[],
): boolean {
  const {view, statistic} = attrs;
  if (!inRange(unpackStats(arrays.stats).rstd, attrs)) return false;
  const flags = flagsOf(statistic);
  const [m, a, b, d] = [0, 1, 2, 3].map(() => space.floats(plan.groupOf.length));
  const sumsOf = lineSums(space, plan, arrays, m);
  const {gradApply} = kernelsOf(space, plan);
  partsOf(plan, view).forEach((part, i) => {
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
    forMatrices(space, plan, part, [dy, x], [dx], ([dy, x, dx], rows, width, line) => {
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
  if (!inRange(unpackStats(arrays.stats).rstd, attrs)) return null;
  const sumsOf = lineSums(space, plan, arrays, space.floats(plan.groupOf.length));
  const params = arrays.dparams.length / 2;
  const [dgamma, dbeta] = [0, 1].map(() => new Float64Array(params));
  const saved = partsOf(plan, attrs.view).map(part => {
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
    forMatrices(space, plan, part, [dy, x], [], ([dy, x], rows, width, line) => {
      gradSums(dy, x, rows, width, ...at(line, m, s, q), tmp.byteOffset);
    });
    const sums = new Float64Array(2 * part.lines);
    sums.set(s.subarray(0, part.lines));
    sums.set(q.subarray(0, part.lines), part.lines);
    return sums;
  };
}

/** Each group's mean, and the sum of its deviations' powers: those of its lines, joined. */
function joinLines(
  lineMean: Float64Array,
  lineM2: Float64Array,
  groups: number,
  plan: LinesPlan,
  {lines}: Part,
  {view, statistic}: NormalizeAttrs,
): {mean: Float64Array; total: Float64Array} {
  const mean = new Float64Array(groups);
  const total = new Float64Array(groups);
  const perBlock = plan.groupOf.length / plan.blocks;
  const lengthOf = (l: number) => lineLength(plan, l % perBlock);
  if (statistic.center) {
    for (let l = 0; l < lines; l++) mean[plan.groupOf[l]] += lineMean[l] * lengthOf(l);
    const count = groupSize(view);
    for (let g = 0; g < groups; g++) mean[g] /= count;
  }
  for (let l = 0; l < lines; l++) {
    const g = plan.groupOf[l];
    total[g] += Math.max(0, lineM2[l]) + lengthOf(l) * (lineMean[l] - mean[g]) ** 2;
  }
  return {mean, total};
}

/** Whether float32 can square what was divided by `rstd`, or has not to. NaN harms nobody else. */
function inRange(rstd: Float64Array, {statistic}: NormalizeAttrs): boolean {
  return statistic.power === 1 || !rstd.some(r => r < 1e-15 || r > 1e12);
}

type Visit = (
  addresses: number[],
  rows: number,
  width: number,
  /** The number of the first line, and of rows that came before. */
  line: number,
  done: number,
) => void;

/** Runs a kernel over all lines of a part. */
function forMatrices(
  space: Space,
  plan: LinesPlan,
  part: Part,
  inputs: Float32Array[],
  outputs: Float32Array[],
  visit: Visit,
): void {
  const {width, blockSize} = plan;
  if (plan.kind === 'segment') {
    const strand = (array: Float32Array) => ({array, width});
    space.stream(inputs.map(strand), outputs.map(strand), (rows, addresses, done) => {
      visit(addresses, rows, width, done, 0);
    });
    return;
  }
  // What does not fill the last row is a row of its own, of the first of the block's lines.
  const rest = blockSize % width;
  for (let block = 0; block < part.blocks; block++) {
    const start = block * blockSize;
    const end = start + blockSize;
    const run = (from: number, to: number, width: number, before: number) => {
      const strand = (array: Float32Array) => ({array: array.subarray(from, to), width});
      space.stream(inputs.map(strand), outputs.map(strand), (rows, addresses, done) => {
        visit(addresses, rows, width, block * plan.width, before + done);
      });
    };
    run(start, end - rest, width, 0);
    if (rest > 0) run(end - rest, end, rest, (blockSize - rest) / width);
  }
}

/** The addresses of what the arrays have of a line and those behind it. */
const at = (line: number, ...arrays: Array<Float32Array | Float64Array>): number[] =>
  arrays.map(array => array.byteOffset + line * array.BYTES_PER_ELEMENT);

/** Both kinds of lines have the same kernels. Segments ignore the last arguments of columns. */
function kernelsOf({kernels}: Space, {kind}: LinesPlan) {
  return {
    moments: kernels[`${kind}_moments`],
    apply: kernels[`${kind}_apply`],
    gradSums: kernels[`${kind}_grad_sums`],
    gradApply: kernels[`${kind}_grad_apply`],
  };
}
