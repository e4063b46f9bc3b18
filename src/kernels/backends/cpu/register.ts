import type {MathBackendCPU} from '@tensorflow/tfjs-backend-cpu';
import type {HostMemory} from '../../host/run_on_arrays.js';
import {runOnHost} from '../../host/run_on_host.js';
import {kernelsOf, registerKernels} from '../../register.js';

const memories = new WeakMap<MathBackendCPU, HostMemory>();

/** The backend's values, which are arrays of JavaScript. */
function memoryOf(cpu: MathBackendCPU): HostMemory {
  let memory = memories.get(cpu);
  if (memory == null) {
    memory = {
      read: ({dataId}) => cpu.data.get(dataId).values as Float32Array,
      write: (values, shape) => cpu.makeTensorInfo(shape, 'float32', values),
    };
    memories.set(cpu, memory);
  }
  return memory;
}

/** Registers the kernels of the `cpu` backend. */
export function registerCpuKernels(): void {
  const kernels = kernelsOf<MathBackendCPU>(
    name => (cpu, inputs, attrs) => runOnHost(name, memoryOf(cpu), inputs, attrs),
  );
  registerKernels('cpu', kernels, {mayLeaveOut: true, readsAtOnce: () => true});
}
