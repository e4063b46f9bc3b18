/** The script of the page: the wasm backend's threaded build, against float64. */
import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import {type BackendWasm, getThreadsCount, setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import {isShared} from '../../src/kernels/host/loops.js';
import {memoryOf} from '../../src/kernels/backends/wasm/heap.js';
import {registerNormalization} from '../../src/register.js';
import {runProblems} from '../wasm/run_problems.js';

async function run() {
  registerNormalization();
  setWasmPaths('/');
  await tf.setBackend('wasm');
  const {loops} = memoryOf(tf.backend() as BackendWasm);
  const ran = await runProblems();
  return {
    crossOriginIsolated,
    backend: tf.getBackend(),
    threads: getThreadsCount(),
    shared: loops != null && isShared(loops.memory),
    ran,
  };
}

export type Report = Awaited<ReturnType<typeof run>>;

Object.assign(globalThis, {run});
