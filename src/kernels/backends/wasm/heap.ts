import type {TensorInfo} from '@tensorflow/tfjs-core';
import {isShared, type Kernels, loadKernels} from '../../host/kernels.js';

type Holder = {readonly memory?: WebAssembly.Memory};

/** What the kernels use of tfjs's BackendWasm. */
export type WasmBackend = {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
    /** One of these has the memory; it depends on the build. */
    readonly wasmMemory?: WebAssembly.Memory;
    readonly asm?: Holder;
    readonly wasmExports?: Holder;
  };
  readonly dataIdMap: {get(dataId: object): {memoryOffset: number}};
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  disposeData(dataId: object): boolean;
};

/** The backend's memory, with the kernels over it. */
export type Heap = {readonly memory: WebAssembly.Memory; readonly kernels: Kernels};

const heaps = new WeakMap<WasmBackend, Heap | null>();

/** `null` where the memory cannot be found, or the kernels not be loaded. */
export function heapOf(backend: WasmBackend): Heap | null {
  let heap = heaps.get(backend);
  if (heap === undefined) {
    const memory = memoryOf(backend);
    const kernels = memory && loadKernels(memory);
    heap = memory && kernels && {memory, kernels};
    heaps.set(backend, heap);
  }
  return heap;
}

function memoryOf({wasm}: WasmBackend): WebAssembly.Memory | null {
  const found = [wasm.wasmMemory, wasm.asm?.memory, wasm.wasmExports?.memory].find(
    memory => memory?.buffer != null,
  );
  if (found == null) return null;
  // A memory has one buffer at a time, so it must be the heap's; but a shared one makes another
  // buffer object whenever it grows.
  return found.buffer === wasm.HEAPU8.buffer || isShared(found) ? found : null;
}

/** tfjs does not check for it, and would write to the addresses from 0 on. */
export function allocate({wasm}: WasmBackend, bytes: number): number {
  return checked(wasm._malloc(bytes) >>> 0);
}

export function addressOf({dataIdMap}: WasmBackend, {dataId}: TensorInfo): number {
  return checked(dataIdMap.get(dataId).memoryOffset);
}

function checked(address: number): number {
  if (address === 0) throw new Error('The wasm backend is out of memory.');
  return address;
}
