import {getKernel, registerKernel} from '@tensorflow/tfjs-core';
import type {KernelFunc, TensorInfo} from '@tensorflow/tfjs-core';
import {
  FusedNormalize,
  FusedNormalizeGrad,
  FusedNormalizeParamGrad,
  fromAttrMap,
} from '../../kernel_names.js';
import type {NormalizeAttrs} from '../../kernel_names.js';
import {groupCount, paramCount} from '../../view.js';
import {normalize} from './normalize.js';
import {normalizeGrad, normalizeParamGrad} from './normalize_grad.js';

/** What the kernels use of tfjs's MathBackendCPU. */
type CpuBackend = {
  data: {get(dataId: object): {values: unknown}};
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
};

type Output = {shape: number[]; values: Float32Array};
type ArrayKernel = (
  arrays: Record<string, Float32Array>,
  attrs: NormalizeAttrs,
  xShape: number[],
) => Output | Output[];

const KERNELS: Record<string, ArrayKernel> = {
  [FusedNormalize]: ({x, gamma, beta}, attrs, xShape) => {
    const {y, stats} = normalize(x, gamma, beta, attrs);
    const statsShape = [groupCount(attrs.view), 2, 2];
    return [
      {shape: xShape, values: y},
      {shape: statsShape, values: stats},
    ];
  },
  [FusedNormalizeGrad]: ({dy, x, gamma, stats, dstats}, attrs, xShape) => ({
    shape: xShape,
    values: normalizeGrad(dy, x, gamma, stats, dstats, attrs),
  }),
  [FusedNormalizeParamGrad]: ({dy, x, stats}, attrs) => ({
    shape: [2, paramCount(attrs.view)],
    values: normalizeParamGrad(dy, x, stats, attrs),
  }),
};

/** Registers the kernels of the `cpu` backend, once however often this package is loaded. */
export function registerCpuKernels(): void {
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    if (getKernel(kernelName, 'cpu') != null) continue;
    registerKernel({kernelName, backendName: 'cpu', kernelFunc: onTensors(kernel)});
  }
}

function onTensors(kernel: ArrayKernel): KernelFunc {
  return ({inputs, backend, attrs}) => {
    const cpu = backend as CpuBackend;
    const arrays: Record<string, Float32Array> = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      arrays[name] = cpu.data.get(tensor!.dataId).values as Float32Array;
    }
    const toTensor = ({shape, values}: Output) => cpu.makeTensorInfo(shape, 'float32', values);
    const result = kernel(arrays, fromAttrMap(attrs), inputs['x']!.shape);
    return Array.isArray(result) ? result.map(toTensor) : toTensor(result);
  };
}
