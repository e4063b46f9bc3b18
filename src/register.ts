import {normalizeGradConfig} from './gradients/normalize_grad.js';
import {registerOnce} from './gradients/register_once.js';
import {registerCpuKernels} from './kernels/backends/cpu/register.js';
import {registerTensorflowKernels} from './kernels/backends/tensorflow/register.js';
import {registerWasmKernels} from './kernels/backends/wasm/register.js';
import {registerWebGLKernels} from './kernels/backends/webgl/register.js';
import {registerWebGPUKernels} from './kernels/backends/webgpu/register.js';

/** Registers every backend's kernels, and their gradient. Importing the package calls it. */
export function registerNormalization(): void {
  registerOnce(normalizeGradConfig);
  registerCpuKernels();
  registerTensorflowKernels();
  registerWasmKernels();
  registerWebGLKernels();
  registerWebGPUKernels();
}
