/** Each rung of the ladder of fallbacks is right; which one is taken depends on what is there. */
import * as tf from '@tensorflow/tfjs-core';
import {memoryOf} from '../../src/kernels/backends/wasm/heap.js';
import * as tfn from '../../src/ops/index.js';
import {newWasmBackend} from './backend.js';
import {moduleCalls, namesOf} from './module_calls.js';
import {runProblems} from './run_problems.js';

type Names = {asm?: object; wasmExports?: object};

/** tfjs's own calls still need the other exports. */
const withMemory = (exports: object | undefined, memory?: WebAssembly.Memory) => ({
  ...exports,
  memory,
});

const FUNCTIONS = ['FusedNormalize', 'FusedNormalizeGrad'];

// Before anything is loaded, as tiles load the module once.
const calls = moduleCalls();
afterEach(() => calls.splice(0));

/** The module's loops ran, and in this memory or in none but their own. */
async function expectLoops(backend: Awaited<ReturnType<typeof newWasmBackend>>, inPlace: boolean) {
  await runProblems();
  expect(namesOf(calls)).toEqual(FUNCTIONS);
  const {buffer} = backend.wasm.HEAPU8;
  expect(calls.filter(({memory}) => (memory.buffer === buffer) !== inPlace)).toEqual([]);
}

test.each([
  ['with SIMD', true],
  ['without SIMD', false],
])('the build %s: in place', async (_, simd) => {
  const backend = await newWasmBackend(simd);
  expect(memoryOf(backend).loops?.memory.buffer).toBe(backend.wasm.HEAPU8.buffer);
  await expectLoops(backend, true);
});

test('the memory has the name that newer compilers give it: in place', async () => {
  const backend = await newWasmBackend();
  const names = backend.wasm as Names;
  names.wasmExports = names.asm;
  names.asm = withMemory(names.asm);
  expect(memoryOf(backend).loops?.memory.buffer).toBe(backend.wasm.HEAPU8.buffer);
  await expectLoops(backend, true);
});

test.each([
  ['is not to be found', undefined],
  ['is not that of the heap', new WebAssembly.Memory({initial: 1})],
])('the memory %s: in tiles', async (_, memory) => {
  const backend = await newWasmBackend();
  const names = backend.wasm as Names;
  names.asm = withMemory(names.asm, memory);
  expect(memoryOf(backend).loops).toBeNull();
  await expectLoops(backend, false);
});

describe('the cpu backend', () => {
  beforeAll(() => tf.setBackend('cpu'));

  test('in tiles', async () => {
    await runProblems();
    expect(namesOf(calls)).toEqual(FUNCTIONS);
  });

  test('a single element', () => {
    tf.dispose(tfn.layerNorm(tf.ones([1])));
    expect(namesOf(calls)).toEqual(['FusedNormalize']);
  });
});
