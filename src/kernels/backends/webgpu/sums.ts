import type {Tensor} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {AnyActivation} from '../../../activation.js';
import type {NormView} from '../../../view.js';
import type {Inputs} from '../../register.js';
import {read} from './indexing.js';
import {declareScalar, launch, type Program} from './program.js';
import {launchOf, mergeOf, overRun, reduce, type Reduction, type Tile} from './reduction.js';

type Options = {
  tile: Tile;
  arrays: readonly string[];
  /** One or two expressions of the arrays' items. */
  terms: readonly string[];
  activation?: AnyActivation | null;
};

const code = ({tile, arrays, terms: [first, second], activation}: Options): string =>
  declareScalar(activation) +
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

/** The sums of one term or of two over each part, `[parts * outputs]` or `[parts * outputs, 2]`. */
export function addUp(
  backend: WebGPUBackend,
  terms: readonly string[],
  inputs: Inputs,
  {view, activation}: {view: NormView; activation?: AnyActivation | null},
  reduction: Reduction,
): Tensor {
  const {tile, outputs, parts} = reduction;
  const program = terms.length === 1 ? oneSum : twoSums;
  const options = {tile, arrays: Object.keys(inputs), terms, activation};
  const shape = [parts * outputs, ...(terms.length === 1 ? [] : [2])];
  return launch(backend, program, options, {...launchOf(reduction), inputs, shape, view});
}

/** The sums of one term, in one launch or in parts and a second one. */
export function addAllUp(
  backend: WebGPUBackend,
  term: string,
  inputs: Inputs,
  attrs: {view: NormView; activation?: AnyActivation | null},
  reduction: Reduction,
): Tensor {
  const sums = addUp(backend, [term], inputs, attrs, reduction);
  return reduction.parts === 1 ? sums : addUpParts(backend, ['partSum'], sums, reduction);
}

/** The sums over all parts, of the parts' sums of one term or of two. */
export function addUpParts(
  backend: WebGPUBackend,
  terms: ReadonlyArray<'partSum' | 'partSums.x' | 'partSums.y'>,
  sums: Tensor,
  parts: Reduction,
): Tensor {
  const {view, reduction} = mergeOf(parts);
  const inputs: Inputs = terms[0] === 'partSum' ? {partSum: sums} : {partSums: sums};
  return addUp(backend, terms, inputs, {view}, reduction);
}
