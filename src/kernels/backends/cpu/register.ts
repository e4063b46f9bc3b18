import type {MathBackendCPU} from '@tensorflow/tfjs-backend-cpu';
import {runOnHost} from '../../host/run_on_host.js';
import {kernelsOf, registerKernels} from '../../register.js';

/** Registers the kernels of the `cpu` backend, whose values are arrays of JavaScript. */
export function registerCpuKernels(): void {
  const kernels = kernelsOf<MathBackendCPU>(name => (cpu, inputs, attrs) => {
    const memory = {
      read: ({dataId}: {dataId: object}) => cpu.data.get(dataId).values as Float32Array,
      write: (values: Float32Array, shape: number[]) =>
        cpu.makeTensorInfo(shape, 'float32', values),
    };
    return runOnHost(name, memory, inputs, attrs);
  });
  registerKernels('cpu', kernels);
}
