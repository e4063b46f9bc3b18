import type {BackendWasm} from '@tensorflow/tfjs-backend-wasm';
import {runInMemory} from '../../host/run_on_host.js';
import {kernelsOf, registerKernels} from '../../register.js';
import {memoryOf} from './heap.js';

/** Registers the kernels of the `wasm` backend, which run in its heap. */
export function registerWasmKernels(): void {
  const kernels = kernelsOf<BackendWasm>(
    name => (backend, inputs, attrs) => runInMemory(name, memoryOf(backend), inputs, attrs),
  );
  registerKernels('wasm', kernels, {mayLeaveOut: true, readsAtOnce: () => true});
}
