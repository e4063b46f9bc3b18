/** Each rung of the ladder of fallbacks is right; which one is taken depends on what is there. */
import {heapOf} from '../../src/kernels/wasm/heap.js';
import {newWasmBackend} from './backend.js';
import {expectRight} from './expect_right.js';

type Names = {asm?: object; wasmExports?: object};

/** tfjs's own calls still need the other exports. */
const withMemory = (exports: object | undefined, memory?: WebAssembly.Memory) => ({
  ...exports,
  memory,
});

test.each([
  ['with SIMD', true],
  ['without SIMD', false],
])('the build %s: in place', async (_, simd) => {
  const backend = await newWasmBackend(simd);
  expect(heapOf(backend)?.memory.buffer).toBe(backend.wasm.HEAPU8.buffer);
  expectRight();
});

test('the memory has the name that newer compilers give it: in place', async () => {
  const backend = await newWasmBackend();
  const names = backend.wasm as Names;
  names.wasmExports = names.asm;
  names.asm = withMemory(names.asm);
  expect(heapOf(backend)?.memory.buffer).toBe(backend.wasm.HEAPU8.buffer);
  expectRight();
});

test.each([
  ['is not to be found', undefined],
  ['is not that of the heap', new WebAssembly.Memory({initial: 1})],
])('the memory %s: in tiles', async (_, memory) => {
  const backend = await newWasmBackend();
  const names = backend.wasm as Names;
  names.asm = withMemory(names.asm, memory);
  expect(heapOf(backend)).toBeNull();
  expectRight();
});
