import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {FusedNormalizeGiven} from '../../contract.js';
import {viewSize} from '../../../view.js';
import {type Formula, formulaOf, yGiven} from '../../gpu/formulas.js';
import type {Kernel} from '../../register.js';
import {everywhere, indexFunction, type Pattern, read} from './indexing.js';
import {declareScalar, launch, type Program} from './program.js';

const normalizedAsGiven: Program<{pattern: Pattern; formula: Formula; arrays: string[]}> = {
  name: 'normalized by given statistics',
  code: ({pattern, formula, arrays}) => `
  ${declareScalar(formula.activation)}
  ${indexFunction('everyAt', pattern, 'r')}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = everyAt(index);
      ${read(arrays)}
      result[index] = ${yGiven(formula, 'uniforms.epsilon', arrays)};
    }
  }`,
};

/** One launch. */
export const normalizeGiven: Kernel<WebGPUBackend, typeof FusedNormalizeGiven> = (
  backend,
  inputs,
  attrs,
) => {
  const {view, epsilon} = attrs;
  const {shape} = inputs['x'];
  const threads = viewSize(view);
  const numbers = {epsilon};
  const arrays = Object.keys(inputs);
  const options = {pattern: everywhere(view), formula: formulaOf(attrs), arrays};
  return [launch(backend, normalizedAsGiven, options, {inputs, shape, threads, view, numbers})];
};
