import {getKernel, registerKernel} from '@tensorflow/tfjs-core';
import type {KernelFunc, TensorInfo} from '@tensorflow/tfjs-core';
import {fromAttrMap} from '../../contract.js';
import {ARRAY_KERNELS, type ArrayKernel, type Arrays, type Ids} from '../../host/array_kernels.js';
import {runInTiles} from '../../host/tiles.js';

/** What the kernels use of tfjs's MathBackendCPU. */
type CpuBackend = {
  data: {get(dataId: object): {values: unknown}};
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
};

/** Registers the kernels of the `cpu` backend, once however often this package is loaded. */
export function registerCpuKernels(): void {
  for (const [kernelName, kernel] of Object.entries(ARRAY_KERNELS)) {
    if (getKernel(kernelName, 'cpu') != null) continue;
    registerKernel({kernelName, backendName: 'cpu', kernelFunc: onTensors(kernel)});
  }
}

function onTensors(kernel: ArrayKernel): KernelFunc {
  return ({inputs, backend, attrs}) => {
    const cpu = backend as CpuBackend;
    const arrays: Arrays = {};
    const ids: Ids = {};
    for (const [name, tensor] of Object.entries(inputs)) {
      ids[name] = tensor!.dataId;
      arrays[name] = cpu.data.get(tensor!.dataId).values as Float32Array;
    }
    const normAttrs = fromAttrMap(attrs);
    const outputs = kernel.outputs(normAttrs, inputs['x']!.shape);
    const values =
      runInTiles(kernel, arrays, outputs, normAttrs, ids) ?? kernel.plain(arrays, normAttrs);
    const infos = outputs.map(([, shape], i) => cpu.makeTensorInfo(shape, 'float32', values[i]));
    return infos.length > 1 ? infos : infos[0];
  };
}
