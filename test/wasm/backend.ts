import '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type {BackendWasm} from '@tensorflow/tfjs-backend-wasm';
import {registerNormalization} from '../../src/register.js';

/** With the parts of tfjs's module that its types do not tell of. */
export type WasmBackend = BackendWasm & {
  wasm: {
    HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    asm?: {memory?: WebAssembly.Memory};
    wasmExports?: {memory?: WebAssembly.Memory};
  };
};

registerNormalization();
const start = tf.findBackendFactory('wasm');

/** Makes another wasm backend, of the build with SIMD or of that without, the active one. */
export async function newWasmBackend(simd = true): Promise<WasmBackend> {
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', start);
  tf.env().set('WASM_HAS_SIMD_SUPPORT', simd);
  await tf.setBackend('wasm');
  return tf.backend() as unknown as WasmBackend;
}
