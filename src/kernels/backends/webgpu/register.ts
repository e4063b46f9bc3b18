import {getKernel, registerKernel} from '@tensorflow/tfjs-core';
import type {TensorInfo} from '@tensorflow/tfjs-core';
import {
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
  fromAttrMap,
} from '../../contract.js';
import type {NormalizeAttrs} from '../../contract.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad, normalizeGrads} from './normalize_grad.js';
import {runOnCpu} from './on_cpu.js';
import type {WebGPUBackend} from './program.js';
import {normalizeParamGrad} from './sums.js';

type Kernel = (
  backend: WebGPUBackend,
  inputs: Record<string, TensorInfo>,
  attrs: NormalizeAttrs,
) => TensorInfo | TensorInfo[];

const KERNELS: Record<string, Kernel> = {
  [FusedNormalize]: normalize,
  [FusedNormalizeGiven]: normalizeGiven,
  [FusedNormalizeGrad]: normalizeGrad as Kernel,
  [FusedNormalizeParamGrad]: normalizeParamGrad,
  [FusedNormalizeGrads]: normalizeGrads as Kernel,
};

/** Registers the kernels of the `webgpu` backend, once however often this package is loaded. */
export function registerWebGPUKernels(): void {
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    if (getKernel(kernelName, 'webgpu') != null) continue;
    registerKernel({
      kernelName,
      backendName: 'webgpu',
      kernelFunc: args => {
        const inputs = args.inputs as Record<string, TensorInfo>;
        const backend = args.backend as unknown as WebGPUBackend;
        const attrs = fromAttrMap(args.attrs);
        if (!backend.shouldExecuteOnCPU(Object.values(inputs))) {
          return kernel(backend, inputs, attrs);
        }
        const outputs = runOnCpu(kernelName, backend, inputs, attrs);
        return outputs.length > 1 ? outputs : outputs[0];
      },
    });
  }
}
