import {getGradient, registerGradient} from '@tensorflow/tfjs-core';
import {normalizeGivenGradConfig} from './gradients/normalize_given_grad.js';
import {normalizeGradConfig} from './gradients/normalize_grad.js';
import {registerCpuKernels} from './kernels/backends/cpu/register.js';
import {registerTensorflowKernels} from './kernels/backends/tensorflow/register.js';
import {registerWasmKernels} from './kernels/backends/wasm/register.js';
import {registerWebGLKernels} from './kernels/backends/webgl/register.js';
import {registerWebGPUKernels} from './kernels/backends/webgpu/register.js';

/** Registers the gradients and every backend's kernels. Importing the package calls it. */
export function registerNormalization(): void {
  for (const config of [normalizeGradConfig, normalizeGivenGradConfig]) {
    if (getGradient(config.kernelName) == null) registerGradient(config);
  }
  registerCpuKernels();
  registerTensorflowKernels();
  registerWasmKernels();
  registerWebGLKernels();
  registerWebGPUKernels();
}
