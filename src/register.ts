import {registerCpuKernels} from './kernels/backends/cpu/register.js';
import {registerTensorflowKernels} from './kernels/backends/tensorflow/register.js';
import {registerWasmKernels} from './kernels/backends/wasm/register.js';
import {registerWebGLKernels} from './kernels/backends/webgl/register.js';
import {registerWebGPUKernels} from './kernels/backends/webgpu/register.js';
import {registerGradients} from './register_gradients.js';

/** Registers the gradients and every backend's kernels. Importing the package calls it. */
export function registerNormalization(): void {
  registerGradients();
  registerCpuKernels();
  registerTensorflowKernels();
  registerWasmKernels();
  registerWebGLKernels();
  registerWebGPUKernels();
}
