import {type Tensor, type TensorInfo, tidy} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import {
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  type KernelName,
} from '../../contract.js';
import {runOnArrays} from '../../host/run_on_arrays.js';
import {type Kernel, registerKernels} from '../../register.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';

/** Registers the kernels of the `webgpu` backend. */
export const registerWebGPUKernels = (): void =>
  registerKernels<WebGPUBackend>('webgpu', {
    [FusedNormalize]: onGpu(FusedNormalize, normalize),
    [FusedNormalizeGrad]: onGpu(FusedNormalizeGrad, normalizeGrad),
    [FusedNormalizeGiven]: onGpu(FusedNormalizeGiven, normalizeGiven),
  });

/** A kernel of launches, or the processor's loops for a few values that are still there. */
const onGpu =
  <Name extends KernelName>(
    name: Name,
    kernel: Kernel<WebGPUBackend, Name>,
  ): Kernel<WebGPUBackend, Name> =>
  (backend, inputs, attrs) => {
    if (!backend.shouldExecuteOnCPU(Object.values(inputs))) {
      return tidy(() => kernel(backend, inputs, attrs) as Tensor[]);
    }
    const read = ({dataId}: TensorInfo) => backend.readSync(dataId) as Float32Array;
    const write = (values: Float32Array, shape: number[]) =>
      backend.makeTensorInfo(shape, 'float32', values);
    return runOnArrays(name, {read, write}, inputs, attrs);
  };
