import type {NormalizeAttrs} from '../contract.js';
import {L1, type Statistic} from '../../statistic.js';
import {groupSize} from '../../view.js';
import {packStats, reciprocal, spreadOf} from './plain/groups.js';
import {at, forLines, kernelsOf} from './for_lines.js';
import {inRange} from './in_range.js';
import {flagsOf, STRIP} from './kernels.js';
import {lineLength, type LinesPlan, type Part, partsOf} from './plan.js';
import type {Space} from './space.js';

type Arrays = Record<string, Float32Array>;

/** `false` if the values leave the range in which float32 can square them. */
export function normalizeLines(
  space: Space,
  arrays: Arrays,
  plan: LinesPlan,
  attrs: NormalizeAttrs,
): boolean {
  const {view, statistic, epsilon} = attrs;
  const [mean, m2] = [0, 1].map(() => space.doubles(plan.groupOf.length));
  const [m, a, b] = [0, 1, 2].map(() => space.floats(plan.groupOf.length));
  const tmp = space.floats(3 * STRIP);
  const {moments, apply} = kernelsOf(space, plan);
  for (const part of partsOf(plan)) {
    const [x, y] = [arrays.x, arrays.y].map(part.slice);
    const [gamma, beta] = [arrays.gamma, arrays.beta].map(part.params);
    const stats = part.slice(arrays.stats);
    const measure = (flags: number) => {
      forLines(space, plan, part, [x], [], ([x], rows, width, line, done) => {
        moments(x, rows, width, flags, ...at(line, mean, m2), done, tmp.byteOffset);
      });
      return joinLines(mean, m2, stats.length / 4, plan, part, attrs);
    };

    const group = measure(flagsOf(statistic));
    const spread = group.total.map(total => spreadOf(total, groupSize(view), statistic));
    const rstd = spread.map(s => reciprocal(s, statistic, epsilon));
    if (!inRange(spread, rstd, attrs.statistic)) return false;
    if (isL2(statistic) && spread.includes(0)) {
      const {total} = measure(flagsOf(L1));
      if (spread.some((s, g) => s === 0 && total[g] !== 0)) return false;
    }
    stats.set(packStats(group.mean, spread, rstd));

    for (let l = 0; l < part.lines; l++) {
      const g = plan.groupOf[l];
      const p = plan.paramOf[l];
      m[l] = group.mean[g];
      a[l] = rstd[g] * gamma[p];
      b[l] = beta[p] - (group.mean[g] - m[l]) * rstd[g] * gamma[p];
    }
    forLines(space, plan, part, [x], [y], ([x, y], rows, width, line) => {
      apply(x, y, rows, width, ...at(line, m, a, b));
    });
  }
  return true;
}

const isL2 = ({average, power}: Statistic) => !average && power === 2;

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
