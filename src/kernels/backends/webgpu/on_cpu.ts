import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {ARRAY_KERNELS, type Arrays, partsOf} from '../../host/array_kernels.js';
import type {WebGPUBackend} from './program.js';

/** A kernel in plain loops, on tensors whose values are not on the GPU yet. */
export function runOnCpu(
  kernelName: string,
  backend: WebGPUBackend,
  inputs: Record<string, TensorInfo>,
  attrs: NormalizeAttrs,
): TensorInfo[] {
  const arrays: Arrays = {};
  for (const [name, {dataId}] of Object.entries(inputs)) {
    arrays[name] = backend.tensorMap.get(dataId).values as Float32Array;
  }
  const results = partsOf(kernelName).map(name => {
    const {outputs, plain} = ARRAY_KERNELS[name];
    const values = plain(arrays, attrs);
    return outputs(attrs, inputs['x'].shape).map(([, shape], i) =>
      backend.makeTensorInfo(shape, 'float32', values[i]),
    );
  });
  return results.reverse().flat();
}
