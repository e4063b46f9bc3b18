/** The backends that this browser has. */
import * as tf from '@tensorflow/tfjs';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';

// Beside this script, so that nothing is asked of another host.
const script = (document.currentScript as HTMLScriptElement).src;
setWasmPaths(new URL('.', script).href);

export const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu'] as const;

/** Sets the backend; false if this browser does not have it. */
export async function use(backend: string): Promise<boolean> {
  try {
    return await tf.setBackend(backend);
  } catch {
    return false;
  }
}
