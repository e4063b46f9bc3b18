/** Programs in WGSL, and how tfjs launches them. */
import {engine} from '@tensorflow/tfjs-core';
import type {Tensor} from '@tensorflow/tfjs-core';
import type {WebGPUBackend, WebGPUProgram} from '@tensorflow/tfjs-backend-webgpu';
import {declareActivation} from '../../gpu/activations.js';
import type {AnyActivation} from '../../../activation.js';
import type {Inputs} from '../../register.js';
import {type NormView, viewSize, withSteps} from '../../../view.js';
import {LAYOUTS, ownAxes, paramIndex} from './indexing.js';

/**
 * WGSL that follows from its options alone, with all sizes in `uniforms`: there is one pipeline for
 * each name and options.
 */
export type Program<Options> = {
  readonly name: string;
  readonly code: (options: Options) => string;
  /** How many floats an item of the result has. Defaults to 1. */
  readonly components?: 1 | 2 | 4;
};

export type Launch = {
  /** The arrays, by their names in the code, which must use all of them. */
  inputs: Inputs;
  /** The shape of the result. */
  shape: number[];
  /** How many the program needs. A launch has whole workgroups: those beyond must not write. */
  threads: number;
  /** The axes that the functions of indexing.ts run along. */
  view: NormView;
  /** Uniforms that are integers, and those that are not. */
  sizes?: Record<string, number>;
  numbers?: Record<string, number>;
};

/** WGSL of an activation and its slope. */
export const declareScalar = (activation: AnyActivation | null | undefined): string =>
  declareActivation(
    activation,
    (name, expression) => `fn ${name}(z : f32) -> f32 { return ${expression}; }`,
  );

/** Threads: as many as every adapter grants. */
export const WORKGROUP = 256;

/**
 * Runs a program; its code writes an array called `result`. The result is a tensor, so that `tidy`
 * frees what a kernel does not return.
 */
export function launch<Options>(
  backend: WebGPUBackend,
  {name, code, components = 1}: Program<Options>,
  options: Options,
  {inputs, shape, threads, view, sizes = {}, numbers = {}}: Launch,
): Tensor {
  const variableNames = Object.keys(inputs);
  const params = variableNames
    .filter(variable => LAYOUTS[variable].index === 'z')
    .map(param => paramIndex(param, ownAxes(view, param)));
  const program: WebGPUProgram = {
    shaderKey: `${name} ${JSON.stringify({...options, params})}`,
    getUserCode: () => `${params.join('\n')} ${code(options)}`,
    variableNames,
    variableComponents: variableNames.map(variable => LAYOUTS[variable].components),
    outputComponent: components,
    outputShape: [shape.reduce((a, b) => a * b, 1)],
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: {x: [0]},
    dispatch: [Math.ceil(threads / WORKGROUP), 1, 1],
    size: true,
    uniforms: [
      ...view.map((_, i) => `axis${i} : vec4<i32>,`),
      ...Object.keys(sizes).map(size => `${size} : i32,`),
      ...Object.keys(numbers).map(number => `${number} : f32,`),
    ].join(' '),
  };
  // tfjs makes a pipeline of its own for each way in which the shapes of inputs and output relate.
  // The code uses none of them, so it gets none.
  const shapeless = Object.values(inputs).map(({dataId, dtype}) => ({dataId, dtype, shape: []}));
  const uniforms = [
    ...axisUniforms(view).map(data => ({type: 'int32', data})),
    ...Object.values(sizes).map(size => ({type: 'int32', data: [size]})),
    ...Object.values(numbers).map(number => ({type: 'float32', data: [number]})),
  ];
  const result = backend.runWebGPUProgram(program, shapeless, 'float32', uniforms);
  return engine().makeTensorFromTensorInfo({...result, shape});
}

/** Each axis's size, and its steps in the arrays of elements, groups and parameters. */
function axisUniforms(view: NormView): number[][] {
  let step = viewSize(view);
  return withSteps(view).map(({size, groupStep, paramStep}) => {
    step /= size;
    return [size, step, groupStep, paramStep];
  });
}
