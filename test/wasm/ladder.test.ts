/** Each rung of the ladder of fallbacks is right; which one is taken depends on what is there. */
import {heapOf, type WasmBackend} from '../../src/kernels/wasm/heap.js';
import {newWasmBackend} from './backend.js';
import {expectRight} from './expect_right.js';

const writable = (backend: WasmBackend) => backend.wasm as {asm?: object; wasmExports?: object};

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
  const wasm = writable(backend);
  wasm.wasmExports = wasm.asm;
  wasm.asm = undefined;
  expect(heapOf(backend)?.memory.buffer).toBe(backend.wasm.HEAPU8.buffer);
  expectRight();
});

test.each([
  ['is not to be found', undefined],
  ['is not the one of the heap', {memory: new WebAssembly.Memory({initial: 1})}],
])('the memory %s: in tiles', async (_, asm) => {
  const backend = await newWasmBackend();
  writable(backend).asm = asm;
  expect(heapOf(backend)).toBeNull();
  expectRight();
});
