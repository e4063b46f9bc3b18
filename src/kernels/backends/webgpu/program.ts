import type {TensorInfo} from '@tensorflow/tfjs-core';
import {type NormView, viewSize, withSteps} from '../../../view.js';

/** What the kernels use of tfjs's WebGPUBackend. */
export type WebGPUBackend = {
  readonly tensorMap: {get(dataId: object): {readonly values?: unknown}};
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
  /** Whether all of these are small and not on the GPU yet. */
  shouldExecuteOnCPU(inputs: TensorInfo[]): boolean;
  runWebGPUProgram(
    program: object,
    inputs: TensorInfo[],
    dtype: 'float32',
    uniforms: Array<{type: 'int32' | 'float32'; data: number[]}>,
  ): TensorInfo;
  disposeData(dataId: object): boolean;
};

/**
 * WGSL that follows from its options alone, with all sizes in `uniforms`: there is one pipeline for
 * each name and options.
 */
export type Program<Options> = {
  readonly name: string;
  readonly code: (options: Options) => string;
  /** How many floats an element of the result has. Defaults to 1. */
  readonly components?: 1 | 2 | 4;
};

export type Launch = {
  /** The arrays, by their names in the code, which must use all of them. */
  inputs: Record<string, TensorInfo>;
  /** The shape of the result. */
  shape: number[];
  /** There may be more, for whole workgroups of them: these must not write. */
  threads: number;
  /** What the functions of index.ts run over. */
  view: NormView;
  sizes: Record<string, number>;
  /** Defaults to 0. */
  epsilon?: number;
};

/** Threads: the most that every adapter grants. */
export const WORKGROUP = 256;

/** How many floats an element has, in arrays of vectors. */
const COMPONENTS: Record<string, number> = {
  stats: 4,
  dstats: 4,
  parts: 4,
  partSums: 2,
  groupSums: 2,
};

/** Runs a program; its code writes an array called `result`. */
export function launch<Options>(
  backend: WebGPUBackend,
  {name, code, components = 1}: Program<Options>,
  options: Options,
  {inputs, shape, threads, view, sizes, epsilon = 0}: Launch,
): TensorInfo {
  const variableNames = Object.keys(inputs);
  const program = {
    shaderKey: `${name} ${JSON.stringify(options)}`,
    getUserCode: () => code(options),
    variableNames,
    variableComponents: variableNames.map(variable => COMPONENTS[variable] ?? 1),
    outputComponent: components,
    outputShape: [shape.reduce((a, b) => a * b, 1)],
    workgroupSize: [WORKGROUP, 1, 1],
    dispatchLayout: {x: [0]},
    dispatch: [Math.ceil(threads / WORKGROUP), 1, 1],
    size: true,
    uniforms: [
      ...view.map((_, i) => `axis${i} : vec4<i32>,`),
      ...Object.keys(sizes).map(size => `${size} : i32,`),
      'epsilon : f32,',
    ].join(' '),
  };
  // tfjs makes a pipeline of its own for each way in which the shapes of inputs and output relate.
  // The code uses none of them, so it gets none.
  const shapeless = Object.values(inputs).map(({dataId, dtype}) => ({dataId, dtype, shape: []}));
  const uniforms = [
    ...axisUniforms(view).map(int32),
    ...Object.values(sizes).map(size => int32([size])),
    {type: 'float32' as const, data: [epsilon]},
  ];
  return {...backend.runWebGPUProgram(program, shapeless, 'float32', uniforms), shape};
}

/** Each axis's size and its steps from element to element, group to group, parameter to parameter. */
function axisUniforms(view: NormView): number[][] {
  let step = viewSize(view);
  return withSteps(view).map(({size, groupStep, paramStep}) => {
    step /= size;
    return [size, step, groupStep, paramStep];
  });
}

const int32 = (data: number[]) => ({type: 'int32' as const, data});
