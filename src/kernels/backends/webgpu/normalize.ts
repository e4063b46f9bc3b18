import type {Tensor} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {ForwardAttrs, FusedNormalize} from '../../contract.js';
import {viewSize} from '../../../view.js';
import {type Formula, formulaOf, movingAverage, y} from '../../gpu/formulas.js';
import type {Inputs, Kernel} from '../../register.js';
import {everywhere, indexFunction, type Pattern, read} from './indexing.js';
import {declareScalar, launch, type Program} from './program.js';
import {launchOf, overRun, reduce, reductionOf, type Tile} from './reduction.js';
import {withSecond} from './second_result.js';
import {finish, momentsOfPart, statistics, sumsOfPart} from './statistics.js';

/**
 * One launch where nobody needs the statistics. Else these take one launch or two, the result one,
 * and each of the moments one: a program has a single output.
 */
export const normalize: Kernel<WebGPUBackend, typeof FusedNormalize> = (
  backend,
  {gamma, beta, ...others},
  attrs,
) => {
  const {view, epsilon, withStats, momentsShape} = attrs;
  const formula = formulaOf(attrs);
  const reduction = reductionOf(view, axis => axis.reduced);
  const {x, residual, gate} = others;
  const {shape} = x;
  const added: Inputs = residual == null ? {} : {residual, ...(gate && {gate})};
  const numbers: Record<string, number> =
    attrs.alpha == null ? {epsilon} : {epsilon, alpha: attrs.alpha};
  if (!withStats && momentsShape == null && reduction.parts === 1) {
    const options = {tile: reduction.tile, formula, added: Object.keys(added)};
    return withSum(backend, added, shape, sum => {
      const inputs = {x, gamma, beta, ...added, ...sum};
      const groups = {...launchOf(reduction), inputs, shape, view, numbers};
      return launch(backend, normalizedGroups, options, groups);
    });
  }
  const [stats, ...sums] = withSum(backend, added, shape, sum =>
    statistics(backend, {x, ...added, ...sum}, reduction, attrs),
  );
  const inputs = {x: sums[0] ?? x, gamma, beta, stats};
  const options = {pattern: everywhere(view), formula};
  const threads = viewSize(view);
  const result = launch(backend, normalized, options, {inputs, shape, view, threads});
  const given = [...(withStats ? [stats] : []), ...sums];
  return [result, ...given, ...moments(backend, stats, others, attrs)];
};

/** The results of `launch`; where something is added, with the sum, which is then an input that it writes to. */
const withSum = (
  backend: WebGPUBackend,
  added: Inputs,
  shape: number[],
  launch: (sum: Inputs) => Tensor,
): Tensor[] =>
  'residual' in added ? withSecond(backend, 'sum', shape, sum => launch({sum})) : [launch({})];

/** Computes the statistics and the result, where a workgroup reaches a whole group. */
const normalizedGroups: Program<{tile: Tile; formula: Formula; added: string[]}> = {
  name: 'normalized groups',
  code: ({tile, formula, added}) =>
    declareScalar(formula.activation) +
    finish(formula.statistic) +
    reduce(
      tile,
      `${sumsOfPart(added)}
    ${momentsOfPart(formula.statistic, added.length > 0 ? 'sum' : 'x')}
    let rstd = statsOf(mean, rest, meanPower, scale, count).w;
    if (isInside) {
      ${overRun(`
      ${added.length > 0 ? `${read(['sum'])} let x = sum;` : read(['x'])}
      ${read(['gamma', 'beta'])}
      result[at.x] = ${y(formula)};
      `)}
    }`,
    ),
};

const normalized: Program<{pattern: Pattern; formula: Formula}> = {
  name: 'normalized',
  code: ({pattern, formula}) => `
  ${declareScalar(formula.activation)}
  ${indexFunction('everyAt', pattern, 'r')}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = everyAt(index);
      ${read(['x', 'gamma', 'beta', 'stats'])}
      result[index] = ${y(formula)};
    }
  }`,
};

const MOVING_AVERAGE = movingAverage('moment', 'uniforms.momentum', 'uniforms.share');

/** A moment of each group, or its moving average behind this batch. */
const groupMoment: Program<{isMoving: boolean}> = {
  name: 'moment',
  code: ({isMoving}) => `
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = vec3<i32>(index);
      ${read(isMoving ? ['stats', 'moving'] : ['stats'])}
      let moment = stats[uniforms.field];
      result[index] = ${isMoving ? MOVING_AVERAGE : 'moment'};
    }
  }`,
};

/** `mean` and `spread`, where they are asked for. */
function moments(
  backend: WebGPUBackend,
  stats: Tensor,
  {movingMean, movingSpread}: Inputs,
  {momentsShape, momentum}: ForwardAttrs,
): Tensor[] {
  if (momentsShape == null) return [];
  const isMoving = momentum !== 0;
  const common = {
    ...{shape: [...momentsShape], threads: stats.shape[0], view: []},
    numbers: isMoving ? {momentum, share: 1 - momentum} : undefined,
  };
  return [
    {field: 0, moving: movingMean},
    {field: 2, moving: movingSpread},
  ].map(({field, moving}) => {
    const inputs = {stats, ...(isMoving && {moving})};
    return launch(backend, groupMoment, {isMoving}, {...common, inputs, sizes: {field}});
  });
}
