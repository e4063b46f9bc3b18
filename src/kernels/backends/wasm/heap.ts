import {type TensorInfo, util} from '@tensorflow/tfjs-core';
import type {BackendWasm} from '@tensorflow/tfjs-backend-wasm';
import {CONSTANTS} from '../../defaults.js';
import {isShared, type Loops, loadLoops} from '../../host/loops.js';
import type {SharedMemory} from '../../host/run_on_host.js';

const memories = new WeakMap<BackendWasm, SharedMemory>();

/** The backend's heap, with the loops over it: `null` where its memory cannot be found. */
export function memoryOf(backend: BackendWasm): SharedMemory {
  let memory = memories.get(backend);
  if (memory == null) {
    const addresses: Partial<Record<0 | 1, number>> = {};
    memory = {
      loops: loopsOver(backend),
      addressOf: tensor => addressOf(backend, tensor),
      addressOfConstant: value => (addresses[value] ??= writeConstant(backend, value)),
      read: tensor => {
        const size = util.sizeFromShape(tensor.shape);
        return new Float32Array(bufferOf(backend), addressOf(backend, tensor), size);
      },
      makeOutput: shape => backend.makeOutput(shape, 'float32'),
      dispose: ({dataId}) => void backend.disposeData(dataId),
    };
    memories.set(backend, memory);
  }
  return memory;
}

const addressOf = (backend: BackendWasm, {dataId}: TensorInfo): number =>
  checked(backend.dataIdMap.get(dataId).memoryOffset);

/** Writes a constant to memory of its own, which is never given back, and returns where it is. */
function writeConstant(backend: BackendWasm, value: 0 | 1): number {
  const {wasm} = backend as unknown as {wasm: Allocator};
  const constant = CONSTANTS[value];
  const address = checked(wasm._malloc(constant.byteLength) >>> 0);
  new Float32Array(bufferOf(backend), address, constant.length).set(constant);
  return address;
}

function loopsOver(backend: BackendWasm): Loops | null {
  const memory = findMemory(backend);
  if (memory == null) return null;
  const {wasm} = backend as unknown as {wasm: Allocator};
  return loadLoops(memory, {
    // tfjs does not check for it, and would write to the addresses from 0 on.
    reserve: bytes => checked(wasm._malloc(bytes) >>> 0),
    release: address => {
      wasm._free(address);
    },
  });
}

function checked(address: number): number {
  if (address === 0) throw new Error('The wasm backend is out of memory.');
  return address;
}

type Holder = {readonly memory?: WebAssembly.Memory};

/** The parts of tfjs's module that its types do not tell of. */
type Allocator = {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
  /** One of these has the memory; it depends on the build. */
  readonly wasmMemory?: WebAssembly.Memory;
  readonly asm?: Holder;
  readonly wasmExports?: Holder;
};

function findMemory(backend: BackendWasm): WebAssembly.Memory | null {
  const wasm = backend.wasm as unknown as Allocator;
  const found = [wasm.wasmMemory, wasm.asm?.memory, wasm.wasmExports?.memory].find(
    memory => memory?.buffer != null,
  );
  if (found == null) return null;
  // A memory has one buffer at a time, so it must be the heap's; but a shared one makes another
  // buffer object whenever it grows.
  return found.buffer === wasm.HEAPU8.buffer || isShared(found) ? found : null;
}

const bufferOf = (backend: BackendWasm): ArrayBufferLike =>
  (memories.get(backend)?.loops?.memory ?? (backend.wasm as unknown as Allocator).HEAPU8).buffer;
