import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {groupSize, viewSize} from '../../../view.js';
import * as formulas from '../../gpu/formulas.js';
import {freeAfter, freeOnError} from '../../gpu/free.js';
import {everywhere, indexFunction, type Pattern, read} from './index.js';
import {launch, type Program, type WebGPUBackend} from './program.js';
import {launchOf, overRun, reduce, reductionOf, type Tile} from './reduction.js';
import {groupSums, normalizeParamGrad} from './sums.js';

type Inputs = Record<'dy' | 'x' | 'gamma' | 'stats' | 'dstats', TensorInfo>;

type Options = {statistic: Statistic; throughStats: boolean};

/** `meanH` and `along`, from the group's sums of `H` and of `H * xhat`. */
function terms({center, average}: Statistic, sumH: string, sumAlong: string): string {
  const along = average
    ? `(${sumAlong}) / f32(uniforms.groupSize)`
    : // A norm that epsilon holds up does not move with x.
      `select(0.0, ${sumAlong}, spread > uniforms.epsilon)`;
  return `
    ${center ? `let meanH = (${sumH}) / f32(uniforms.groupSize);` : ''}
    let along = ${along};`;
}

const readThroughStats = (at: string): string => `
    ${read(['dstats'], at)}
    let dmean = dstats.x / f32(uniforms.groupSize);
    let dspread = dstats.z / f32(uniforms.groupSize);`;

/** Groups that a workgroup reaches: sums and result in one. */
const gradOfGroups: Program<Options & {tile: Tile}> = {
  name: 'gradient of groups',
  code: ({tile, statistic, throughStats}) =>
    reduce(
      tile,
      `
    ${read(['stats'], 'origin')}
    ${throughStats ? readThroughStats('origin') : ''}
    var sums = vec2<f32>(0.0);
    ${overRun(`
      ${read(['dy', 'x', 'gamma'])}
      sums += vec2<f32>(${formulas.H}, ${formulas.alongOf(statistic)});
    `)}
    sums = overLanes(sums);
    ${terms(statistic, 'sums.x', 'sums.y')}
    if (isInside) {
      ${overRun(`
      ${read(['dy', 'x', 'gamma'])}
      result[at.x] = ${formulas.dx(statistic, {throughStats})};
      `)}
    }`,
    ),
};

/** Each element, from sums that are there: the groups', or those of each group's one parameter. */
const gradOfElements: Program<Options & {pattern: Pattern; arrays: readonly string[]}> = {
  name: 'gradient',
  code: ({pattern, arrays, statistic, throughStats}) => `
  ${indexFunction('everyAt', pattern, 'r')}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = everyAt(index);
      ${read(['dy', 'x', 'gamma', 'stats', ...arrays])}
      ${
        arrays.includes('groupSums')
          ? terms(statistic, 'groupSums.x', 'groupSums.y')
          : terms(statistic, 'gamma * dbeta', 'gamma * dgamma')
      }
      ${throughStats ? readThroughStats('at') : ''}
      result[index] = ${formulas.dx(statistic, {throughStats})};
    }
  }`,
};

export function normalizeGrad(
  backend: WebGPUBackend,
  inputs: Inputs,
  attrs: NormalizeAttrs,
): TensorInfo {
  const {view, statistic, epsilon} = attrs;
  const {dstats, ...others} = inputs;
  const reduction = reductionOf(view, axis => axis.reduced);
  if (reduction.parts > 1) {
    return freeAfter(backend, groupSums(backend, others, reduction, attrs), sums =>
      gradFromSums(backend, inputs, {groupSums: sums}, attrs),
    );
  }
  const throughStats = passThroughStats(backend, dstats, statistic);
  const {tile} = reduction;
  const {threads, sizes} = launchOf(reduction);
  return launch(
    backend,
    gradOfGroups,
    {tile, statistic, throughStats},
    {
      inputs: throughStats ? inputs : others,
      shape: inputs.x.shape,
      threads,
      view,
      sizes: {...sizes, groupSize: groupSize(view)},
      epsilon,
    },
  );
}

/** `dx`, `dgamma` and `dbeta`. */
export function normalizeGrads(
  backend: WebGPUBackend,
  inputs: Inputs,
  attrs: NormalizeAttrs,
): TensorInfo[] {
  const {dy, x, stats} = inputs;
  const dparams = normalizeParamGrad(backend, {dy, x, stats}, attrs);
  const [dgamma, dbeta] = dparams;
  const {view, statistic} = attrs;
  // Then gamma is a factor of all of the group, and its sums are there already.
  const onePerGroup = view.every(axis => axis.param !== axis.reduced);
  const dx = freeOnError(backend, dparams, () =>
    onePerGroup
      ? gradFromSums(backend, inputs, statistic.center ? {dgamma, dbeta} : {dgamma}, attrs)
      : normalizeGrad(backend, inputs, attrs),
  );
  return [dx, ...dparams];
}

function gradFromSums(
  backend: WebGPUBackend,
  {dstats, ...others}: Inputs,
  sums: Record<string, TensorInfo>,
  {view, statistic, epsilon}: NormalizeAttrs,
): TensorInfo {
  const throughStats = passThroughStats(backend, dstats, statistic);
  const arrays = Object.keys(sums);
  return launch(
    backend,
    gradOfElements,
    {pattern: everywhere(view), arrays, statistic, throughStats},
    {
      inputs: {...others, ...sums, ...(throughStats ? {dstats} : {})},
      shape: others.x.shape,
      threads: viewSize(view),
      view,
      sizes: {groupSize: groupSize(view)},
      epsilon,
    },
  );
}

/** Where nobody used the statistics, tfjs makes zeros for their gradient, on the CPU. */
function passThroughStats(
  backend: WebGPUBackend,
  {dataId}: TensorInfo,
  {center}: Statistic,
): boolean {
  const values = backend.tensorMap.get(dataId).values as Float32Array | null | undefined;
  return center && (values == null || values.some(value => value !== 0));
}
