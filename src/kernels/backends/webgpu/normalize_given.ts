import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {viewSize} from '../../../view.js';
import {yGiven} from '../../gpu/formulas.js';
import {everywhere, indexFunction, type Pattern, read} from './index.js';
import {launch, type Program, type WebGPUBackend} from './program.js';

const normalizedAsGiven: Program<{pattern: Pattern; arrays: readonly string[]}> = {
  name: 'normalized by given statistics',
  code: ({pattern, arrays}) => `
  ${indexFunction('everyAt', pattern, 'r')}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = everyAt(index);
      ${read(arrays)}
      result[index] = ${yGiven('uniforms.epsilon')};
    }
  }`,
};

/** One launch. */
export function normalizeGiven(
  backend: WebGPUBackend,
  inputs: Record<string, TensorInfo>,
  {view, epsilon}: NormalizeAttrs,
): TensorInfo {
  const options = {pattern: everywhere(view), arrays: Object.keys(inputs)};
  const {shape} = inputs['x'];
  const threads = viewSize(view);
  const sizes = {};
  return launch(backend, normalizedAsGiven, options, {
    inputs,
    shape,
    threads,
    view,
    sizes,
    epsilon,
  });
}
