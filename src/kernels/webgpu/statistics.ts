import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../kernel_names.js';
import type {Statistic} from '../../statistic.js';
import {groupCount} from '../../view.js';
import {powerOf} from '../gpu/formulas.js';
import {launch, type Program, type WebGPUBackend} from './program.js';
import {launchOf, mergeOf, overRun, reduce, type Reduction, type Tile} from './reduction.js';

type Options = {tile: Tile; statistic: Statistic};

/**
 * Code for a part's `mean`, `rest` and `meanPower`, the mean of |x - mean - rest|^power.
 *
 * In two passes: the first subtracts one of the elements, so that a large mean costs no digits; the
 * second takes `mean` as the number that it has become and finds what that lacks.
 */
export const moments = (statistic: Statistic): string => `
    ${statistic.center ? MEAN : 'let mean = 0.0;'}
    var sums = vec2<f32>(0.0);
    ${overRun(`
      let d = x[at.x] - mean;
      sums += vec2<f32>(d, ${powerOf(statistic, 'd')});
    `)}
    let means = overLanes(sums) / count;
    let rest = ${statistic.center ? 'means.x' : '0.0'};
    let meanPower = means.y - rest * rest;`;

const MEAN = `
    let shift = x[(origin + runAt(min(start, uniforms.length - 1))).x];
    var sum = 0.0;
    ${overRun('sum += x[at.x] - shift;')}
    let mean = shift + overLanes(vec2<f32>(sum, 0.0)).x / count;`;

/** `fn statsOf`, the finish of a group. A NaN must come through: `max` may drop it. */
export const finish = ({average, power}: Statistic): string => `
  fn statsOf(mean : f32, rest : f32, meanPower : f32, count : f32) -> vec4<f32> {
    ${average ? 'let spread = meanPower;' : `let spread = ${root(power, 'meanPower * count')};`}
    ${average ? 'let rstd = inverseSqrt(spread + uniforms.epsilon);' : RECIPROCAL}
    return vec4<f32>(mean, rest, spread, rstd);
  }`;

const root = (power: 1 | 2, total: string) => (power === 2 ? `sqrt(${total})` : total);

const RECIPROCAL = `
    let floored = select(spread, uniforms.epsilon, spread < uniforms.epsilon);
    let rstd = select(1.0 / floored, 0.0, spread == 0.0);`;

const groupStatistics: Program<Options> = {
  name: 'statistics',
  components: 4,
  code: ({tile, statistic}) =>
    finish(statistic) +
    reduce(
      tile,
      `${moments(statistic)}
    if (isInside && lane == 0) { result[output] = statsOf(mean, rest, meanPower, count); }`,
    ),
};

const partStatistics: Program<Options> = {
  name: 'statistics of parts',
  components: 4,
  code: ({tile, statistic}) =>
    reduce(
      tile,
      `${moments(statistic)}
    if (isInside && lane == 0) {
      result[part * uniforms.outputs + output] = vec4<f32>(mean, rest, meanPower, count);
    }`,
    ),
};

/** Chan's formula, [Chan et al. 1983](https://doi.org/10.2307/2683386), for all parts at once. */
const mergedStatistics: Program<Options> = {
  name: 'statistics, merged',
  components: 4,
  code: ({tile, statistic}) =>
    finish(statistic) +
    reduce(
      tile,
      `
    let shift = parts[origin.x].x;
    var sums = vec2<f32>(0.0);
    ${overRun(`
      let part = parts[at.x];
      sums += part.w * vec2<f32>((part.x - shift) + part.y, 1.0);
    `)}
    let totals = overLanes(sums);
    let mean = shift + totals.x / totals.y;
    sums = vec2<f32>(0.0);
    ${overRun(`
      let part = parts[at.x];
      let d = (part.x - mean) + part.y;
      sums += part.w * vec2<f32>(d, part.z + d * d);
    `)}
    let means = overLanes(sums) / totals.y;
    if (isInside && lane == 0) {
      result[output] = statsOf(mean, means.x, means.y - means.x * means.x, totals.y);
    }`,
    ),
};

/** The kernels' `stats`: in one launch, or in parts and a second one that merges them. */
export function statistics(
  backend: WebGPUBackend,
  x: TensorInfo,
  reduction: Reduction,
  {view, statistic, epsilon}: NormalizeAttrs,
): TensorInfo {
  const {tile, outputs, parts} = reduction;
  const common = {epsilon, shape: [groupCount(view), 2, 2]};
  const first = {...common, ...launchOf(reduction), view, inputs: {x}};
  if (parts === 1) return launch(backend, groupStatistics, {tile, statistic}, first);

  const shape = [parts, outputs, 4];
  const partial = launch(backend, partStatistics, {tile, statistic}, {...first, shape});
  const {view: partsView, reduction: merge} = mergeOf(reduction);
  const stats = launch(
    backend,
    mergedStatistics,
    {tile: merge.tile, statistic},
    {...common, ...launchOf(merge), view: partsView, inputs: {parts: partial}},
  );
  backend.disposeData(partial.dataId);
  return stats;
}
