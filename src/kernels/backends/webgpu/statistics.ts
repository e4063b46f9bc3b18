/** The statistics of each group: `mean, rest, spread, rstd`. */
import type {Tensor} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {powerOf, sumOf} from '../../gpu/formulas.js';
import type {Inputs} from '../../register.js';
import {asFloat, read} from './indexing.js';
import {launch, type Program} from './program.js';
import {launchOf, mergeOf, overRun, reduce, type Reduction, type Tile} from './reduction.js';

/** `added` are the arrays of what is added to x. */
type Options = {tile: Tile; statistic: Statistic; added: string[]};

/**
 * WGSL for a part's `mean`, `rest` and `meanPower`, the mean of |(x - mean - rest) * scale|^power.
 *
 * There are two passes. The first subtracts one of the elements, so that a large mean costs no
 * digits. The second subtracts that mean as float32 has rounded it, and finds the rest.
 */
export const momentsOfPart = (statistic: Statistic, array: 'x' | 'sum'): string => `
    let shift = ${statistic.center ? asFloat(`${array}[(origin + runAt(min(start, uniforms.length - 1))).x]`) : '0.0'};
    var sums = vec2<f32>(0.0);
    ${overRun(`
      let d = ${asFloat(`${array}[at.x]`)} - shift;
      sums = vec2<f32>(sums.x + d, max(sums.y, abs(d)));
    `)}
    let totals = overLanes(sums);
    let mean = ${statistic.center ? 'shift + totals.x / count' : '0.0'};
    let scale = scaleFor(totals.y);
    sums = vec2<f32>(0.0);
    ${overRun(`
      let d = (${asFloat(`${array}[at.x]`)} - mean) * scale;
      sums += vec2<f32>(d, ${powerOf(statistic, 'd')});
    `)}
    let means = overLanes(sums) / count;
    ${statistic.center ? CENTERED : 'let rest = 0.0; let meanPower = means.y;'}`;

/** WGSL that writes a part's sums, if there are any, for all lanes that share it. */
export const sumsOfPart = (added: readonly string[]): string =>
  added.length === 0
    ? ''
    : `
    if (isInside) {
      ${overRun(`
      ${read(['x', ...added])}
      sum[at.x] = ${sumOf('uniforms.alpha', added.includes('gate'))};
      `)}
    }
    storageBarrier();`;

const momentsOf = ({statistic, added}: Options): string =>
  sumsOfPart(added) + momentsOfPart(statistic, added.length > 0 ? 'sum' : 'x');

const CENTERED = 'let rest = means.x / scale; let meanPower = means.y - means.x * means.x;';

/**
 * `fn scaleFor`: a power of two that brings numbers up to `size` near 1, so that no square leaves
 * float32's range, and that is itself small enough for `epsilon * scale * scale`.
 */
const SCALE = `
  fn scaleFor(size : f32) -> f32 {
    let exponent = clamp((bitcast<u32>(size) >> 23u) & 255u, 67u, 253u);
    return bitcast<f32>((254u - exponent) << 23u);
  }`;

/** `fn statsOf`, a group's item of `stats`. A NaN must come through, and `max` may drop it. */
export const finish = ({average, power}: Statistic): string => `
  ${SCALE}
  fn statsOf(mean : f32, rest : f32, meanPower : f32, scale : f32, count : f32) -> vec4<f32> {
    ${
      average
        ? `
    let spread = meanPower / scale / scale;
    let rstd = scale * inverseSqrt(meanPower + uniforms.epsilon * scale * scale);`
        : `
    let spread = ${root(power, 'meanPower * count')} / scale;
    let floored = select(spread, uniforms.epsilon, spread < uniforms.epsilon);
    let rstd = select(1.0 / floored, 0.0, spread == 0.0);`
    }
    return vec4<f32>(mean, rest, spread, rstd);
  }`;

const root = (power: 1 | 2, total: string) => (power === 2 ? `sqrt(${total})` : `(${total})`);

const groupStatistics: Program<Options> = {
  name: 'statistics',
  components: 4,
  code: ({tile, statistic, added}) =>
    finish(statistic) +
    reduce(
      tile,
      `${momentsOf({tile, statistic, added})}
    if (isInside && lane == 0) { result[output] = statsOf(mean, rest, meanPower, scale, count); }`,
    ),
};

/** For each part its mean, the rest of that, the root of its mean power, and its element count. */
const partStatistics: Program<Options> = {
  name: 'statistics of parts',
  components: 4,
  code: ({tile, statistic, added}) =>
    SCALE +
    reduce(
      tile,
      `${momentsOf({tile, statistic, added})}
    if (isInside && lane == 0) {
      let power = ${root(statistic.power, 'meanPower')} / scale;
      result[part * uniforms.outputs + output] = vec4<f32>(mean, rest, power, count);
    }`,
    ),
};

/** The parts merged, by Chan's formula, [Chan et al. 1983](https://doi.org/10.2307/2683386). */
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
    var largest = 0.0;
    ${overRun(`
      let part = parts[at.x];
      let d = (part.x - shift) + part.y;
      sums += part.w * vec2<f32>(d, 1.0);
      largest = max(largest, max(abs(d), part.z));
    `)}
    let totals = overLanes(sums);
    let mean = shift + totals.x / totals.y;
    let scale = scaleFor(overLanes(vec2<f32>(largest, 0.0)).x);
    sums = vec2<f32>(0.0);
    ${overRun(`
      let part = parts[at.x];
      let d = ((part.x - mean) + part.y) * scale;
      let root = part.z * scale;
      sums += part.w * vec2<f32>(d, ${statistic.power === 2 ? 'root * root' : 'root'} + d * d);
    `)}
    let means = overLanes(sums) / totals.y;
    if (isInside && lane == 0) {
      let meanPower = means.y - means.x * means.x;
      result[output] = statsOf(mean, means.x / scale, meanPower, scale, totals.y);
    }`,
    ),
};

/** `stats`, in one launch, or in parts and a second launch that merges them. */
export function statistics(
  backend: WebGPUBackend,
  inputs: Inputs,
  reduction: Reduction,
  {view, statistic, epsilon, alpha}: NormalizeAttrs & {alpha?: number | null},
): Tensor {
  const {tile, outputs, parts} = reduction;
  const common = {shape: [outputs, 2, 2], numbers: {epsilon}};
  const numbers: Record<string, number> = alpha == null ? {epsilon} : {epsilon, alpha};
  const first = {...common, ...launchOf(reduction), view, inputs, numbers};
  const added = ['residual', 'gate'].filter(name => name in inputs);
  if (parts === 1) return launch(backend, groupStatistics, {tile, statistic, added}, first);

  const shape = [parts, outputs, 4];
  const partial = launch(backend, partStatistics, {tile, statistic, added}, {...first, shape});
  const {view: partsView, reduction: merge} = mergeOf(reduction);
  return launch(
    backend,
    mergedStatistics,
    {tile: merge.tile, statistic, added: []},
    {...common, ...launchOf(merge), view: partsView, inputs: {parts: partial}},
  );
}
