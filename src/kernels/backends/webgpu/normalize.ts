import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {viewSize} from '../../../view.js';
import * as formulas from '../../gpu/formulas.js';
import {freeAfter, freeOnError} from '../../gpu/free.js';
import {everywhere, indexFunction, type Pattern, read} from './index.js';
import {launch, type Program, type WebGPUBackend} from './program.js';
import {launchOf, overRun, reduce, reductionOf, type Tile} from './reduction.js';
import {finish, moments, statistics} from './statistics.js';

/** Groups that a workgroup reaches: statistics and result in one. */
const normalizedGroups: Program<{tile: Tile; statistic: Statistic}> = {
  name: 'normalized groups',
  code: ({tile, statistic}) =>
    finish(statistic) +
    reduce(
      tile,
      `${moments(statistic)}
    let rstd = statsOf(mean, rest, meanPower, scale, count).w;
    if (isInside) {
      ${overRun(`
      ${read(['x', 'gamma', 'beta'])}
      result[at.x] = ${formulas.y(statistic)};
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
      result[index] = ${formulas.y(statistic)};
    }
  }`,
};

/** `y`, and `stats` if they are wanted. */
export function normalize(
  backend: WebGPUBackend,
  {x, gamma, beta}: Record<string, TensorInfo>,
  attrs: NormalizeAttrs,
): TensorInfo[] {
  const {view, statistic, epsilon, withStats = true} = attrs;
  const reduction = reductionOf(view, axis => axis.reduced);
  const common = {view, epsilon, shape: x.shape};
  if (!withStats && reduction.parts === 1) {
    const {tile} = reduction;
    const inputs = {x, gamma, beta};
    const groups = {...common, ...launchOf(reduction), inputs};
    return [launch(backend, normalizedGroups, {tile, statistic}, groups)];
  }
  const normalizeBy = (stats: TensorInfo) => {
    const inputs = {x, gamma, beta, stats};
    const every = {...common, inputs, threads: viewSize(view), sizes: {}};
    return launch(backend, normalized, {pattern: everywhere(view), statistic}, every);
  };
  const stats = statistics(backend, x, reduction, attrs);
  return withStats
    ? [freeOnError(backend, [stats], () => normalizeBy(stats)), stats]
    : [freeAfter(backend, stats, normalizeBy)];
}
