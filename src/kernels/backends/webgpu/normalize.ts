import type {Tensor} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {ForwardAttrs, FusedNormalize} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {viewSize} from '../../../view.js';
import {movingAverage, y} from '../../gpu/formulas.js';
import type {Inputs, Kernel} from '../../register.js';
import {everywhere, indexFunction, type Pattern, read} from './indexing.js';
import {launch, type Program} from './program.js';
import {launchOf, overRun, reduce, reductionOf, type Tile} from './reduction.js';
import {finish, momentsOfPart, statistics} from './statistics.js';

/**
 * One launch where nobody needs the statistics. Else these take one launch or two, the result one,
 * and each of the moments one: a program has a single output.
 */
export const normalize: Kernel<WebGPUBackend, typeof FusedNormalize> = (
  backend,
  {x, gamma, beta, ...moving},
  attrs,
) => {
  const {view, statistic, epsilon, withStats, momentsShape} = attrs;
  const reduction = reductionOf(view, axis => axis.reduced);
  const {shape} = x;
  if (!withStats && momentsShape == null && reduction.parts === 1) {
    const inputs = {x, gamma, beta};
    const groups = {...launchOf(reduction), inputs, shape, view, numbers: {epsilon}};
    return [launch(backend, normalizedGroups, {tile: reduction.tile, statistic}, groups)];
  }
  const stats = statistics(backend, x, reduction, attrs);
  const inputs = {x, gamma, beta, stats};
  const options = {pattern: everywhere(view), statistic};
  const threads = viewSize(view);
  const result = launch(backend, normalized, options, {inputs, shape, view, threads});
  return [result, ...(withStats ? [stats] : []), ...moments(backend, stats, moving, attrs)];
};

/** Computes the statistics and the result, where a workgroup reaches a whole group. */
const normalizedGroups: Program<{tile: Tile; statistic: Statistic}> = {
  name: 'normalized groups',
  code: ({tile, statistic}) =>
    finish(statistic) +
    reduce(
      tile,
      `${momentsOfPart(statistic)}
    let rstd = statsOf(mean, rest, meanPower, scale, count).w;
    if (isInside) {
      ${overRun(`
      ${read(['x', 'gamma', 'beta'])}
      result[at.x] = ${y(statistic)};
      `)}
    }`,
    ),
};

const normalized: Program<{pattern: Pattern; statistic: Statistic}> = {
  name: 'normalized',
  code: ({pattern, statistic}) => `
  ${indexFunction('everyAt', pattern, 'r')}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = everyAt(index);
      ${read(['x', 'gamma', 'beta', 'stats'])}
      result[index] = ${y(statistic)};
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
