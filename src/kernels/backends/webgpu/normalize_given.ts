import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {FusedNormalizeGiven} from '../../contract.js';
import {viewSize} from '../../../view.js';
import {yGiven} from '../../gpu/formulas.js';
import type {Kernel} from '../../register.js';
import {everywhere, indexFunction, type Pattern, read} from './indexing.js';
import {launch, type Program} from './program.js';

const normalizedAsGiven: Program<{pattern: Pattern}> = {
  name: 'normalized by given statistics',
  code: ({pattern}) => `
  ${indexFunction('everyAt', pattern, 'r')}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = everyAt(index);
      ${read(['x', 'mean', 'variance', 'gamma', 'beta'])}
      result[index] = ${yGiven('uniforms.epsilon')};
    }
  }`,
};

/** One launch. */
export const normalizeGiven: Kernel<WebGPUBackend, typeof FusedNormalizeGiven> = (
  backend,
  inputs,
  {view, epsilon},
) => {
  const {shape} = inputs['x'];
  const threads = viewSize(view);
  const numbers = {epsilon};
  const options = {pattern: everywhere(view)};
  return [launch(backend, normalizedAsGiven, options, {inputs, shape, threads, view, numbers})];
};
