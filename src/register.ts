import {getGradient, registerGradient} from '@tensorflow/tfjs-core';
import {normalizeGradConfig} from './gradients/normalize_grad.js';
import {registerCpuKernels} from './kernels/cpu/register.js';
import {registerNodeKernels} from './kernels/node/register.js';
import {registerWasmKernels} from './kernels/wasm/register.js';
import {registerWebGPUKernels} from './kernels/webgpu/register.js';

/** Registers the gradient and every backend's kernels. Importing the package calls it. */
export function registerNormalization(): void {
  if (getGradient(normalizeGradConfig.kernelName) == null) registerGradient(normalizeGradConfig);
  registerCpuKernels();
  registerNodeKernels();
  registerWasmKernels();
  registerWebGPUKernels();
}
