import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import type {NormView} from '../../../view.js';
import * as formulas from '../../gpu/formulas.js';
import {freeAfter, freeOnError} from '../../gpu/free.js';
import {read} from './index.js';
import {launch, type Program, type WebGPUBackend} from './program.js';
import {launchOf, mergeOf, overRun, reduce, type Reduction, reductionOf} from './reduction.js';
import type {Tile} from './reduction.js';

type Options = {
  tile: Tile;
  arrays: readonly string[];
  /** Expressions of an element of each array. */
  values: readonly string[];
};

const code = ({tile, arrays, values: [first, second]}: Options): string =>
  reduce(
    tile,
    `
    var sums = vec2<f32>(0.0);
    ${overRun(`
      ${read(arrays)}
      sums += vec2<f32>(${first}, ${second ?? '0.0'});
    `)}
    sums = overLanes(sums);
    if (isInside && lane == 0) {
      result[part * uniforms.outputs + output] = ${second == null ? 'sums.x' : 'sums'};
    }`,
  );

const oneSum: Program<Options> = {name: 'sum', code};
const twoSums: Program<Options> = {name: 'two sums', components: 2, code};

/** The sums of one value or of two, `[parts, outputs]` or `[parts, outputs, 2]`. */
function addUp(
  backend: WebGPUBackend,
  values: readonly string[],
  inputs: Record<string, TensorInfo>,
  view: NormView,
  reduction: Reduction,
): TensorInfo {
  const {tile, outputs, parts} = reduction;
  const program = values.length === 1 ? oneSum : twoSums;
  const options = {tile, arrays: Object.keys(inputs), values};
  const shape = [parts * outputs, ...(values.length === 1 ? [] : [2])];
  return launch(backend, program, options, {
    ...launchOf(reduction),
    ...{inputs, shape, view},
  });
}

/** The sums of the parts' sums. */
function addUpParts(
  backend: WebGPUBackend,
  values: readonly string[],
  partSums: TensorInfo,
  parts: Reduction,
): TensorInfo {
  const {view, reduction} = mergeOf(parts);
  return addUp(backend, values, {partSums}, view, reduction);
}

/** Each group's sums of `H` and of `H * xhat`. */
export function groupSums(
  backend: WebGPUBackend,
  inputs: Record<'dy' | 'x' | 'gamma' | 'stats', TensorInfo>,
  reduction: Reduction,
  {view, statistic}: NormalizeAttrs,
): TensorInfo {
  const values = [statistic.center ? formulas.H : '0.0', formulas.alongOf(statistic)];
  return freeAfter(backend, addUp(backend, values, inputs, view, reduction), parts =>
    addUpParts(backend, ['partSums.x', 'partSums.y'], parts, reduction),
  );
}

/** `dgamma` and `dbeta`. */
export function normalizeParamGrad(
  backend: WebGPUBackend,
  {dy, x, stats}: Record<string, TensorInfo>,
  {view, statistic}: NormalizeAttrs,
): TensorInfo[] {
  const reduction = reductionOf(view, axis => !axis.param);
  const dgamma = formulas.dgammaOf(statistic);
  const both = (first: () => TensorInfo, second: () => TensorInfo) => {
    const made = first();
    return [made, freeOnError(backend, [made], second)];
  };
  if (reduction.parts === 1) {
    return both(
      () => addUp(backend, [dgamma], {dy, x, stats}, view, reduction),
      () => addUp(backend, ['dy'], {dy}, view, reduction),
    );
  }
  const partSums = addUp(backend, [dgamma, 'dy'], {dy, x, stats}, view, reduction);
  return freeAfter(backend, partSums, parts =>
    both(
      () => addUpParts(backend, ['partSums.x'], parts, reduction),
      () => addUpParts(backend, ['partSums.y'], parts, reduction),
    ),
  );
}
