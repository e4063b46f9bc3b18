/** Where SIMD is missing, or a content security policy forbids WebAssembly. */
import * as tf from '@tensorflow/tfjs-core';
import {memoryOf} from '../../src/kernels/backends/wasm/heap.js';
import {newWasmBackend} from './backend.js';
import {runProblems} from './run_problems.js';

afterEach(() => jest.restoreAllMocks());

test('the wasm backend runs plain loops on its heap', async () => {
  const backend = await newWasmBackend(false);
  forbid();
  expect(memoryOf(backend).loops).toBeNull();
  await runProblems();
});

test('the cpu backend runs plain loops, and tries but once', async () => {
  const compile = forbid();
  await tf.setBackend('cpu');
  await runProblems();
  // For all of these kernels, or not at all where a test before has found out.
  expect(compile.mock.calls.length).toBeLessThanOrEqual(1);
});

function forbid() {
  return jest.spyOn(WebAssembly, 'Module').mockImplementation(() => {
    throw new WebAssembly.CompileError('forbidden');
  });
}
