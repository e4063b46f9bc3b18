import type {NormalizeAttrs} from '../contract.js';
import type {ArrayKernel, Arrays, Ids} from './array_kernels.js';
import {type Kernels, loadKernels} from './kernels.js';
import {Space} from './space.js';

/** Below this, copying and calling cost more than the plain loops. */
const LEAST_SIZE = 512;
const TILE = 2 ** 17;
/** Of a row that does not fit the tile. Beyond it, the memory would rather be the tensors'. */
const LONGEST_ROW = 2 ** 24;

/**
 * Runs a kernel on tiles of arrays that live anywhere. Returns its outputs, or `null` where plain
 * loops must do it, or do it better.
 */
export function runInTiles(
  kernel: ArrayKernel,
  arrays: Arrays,
  shapes: Array<[string, number[]]>,
  attrs: NormalizeAttrs,
  ids: Ids,
): Float32Array[] | null {
  if (arrays['x'].length < LEAST_SIZE) return null;
  const plan = kernel.plan(attrs);
  if (plan == null || plan.row > LONGEST_ROW) return null;
  // Doubles follow.
  const bytes = 8 * Math.ceil(Math.max(TILE, plan.row) / 8);
  const memory = memoryOf(START + bytes + plan.scratch);
  if (memory == null) return null;

  const outputs = shapes.map(([, shape]) => uninitialized(shape.reduce((size, n) => size * n, 1)));
  const named = Object.fromEntries(shapes.map(([name], i) => [name, outputs[i]]));
  const space = new Space(memory.kernels, memory.buffer, START + bytes, {address: START, bytes});
  return plan.run(space, {...arrays, ...named}, ids) ? outputs : null;
}

/** Without zeros where Node can do without: all of it will be written. */
function uninitialized(size: number): Float32Array {
  const {Buffer: node} = globalThis as {Buffer?: {allocUnsafeSlow?: (n: number) => Uint8Array}};
  const bytes = node?.allocUnsafeSlow?.(4 * size);
  return bytes == null
    ? new Float32Array(size)
    : new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, size);
}

/** No array begins at 0. */
const START = 64;

/** Loaded once; `null` where that failed. */
let loaded: {memory: WebAssembly.Memory; kernels: Kernels} | null | undefined;

/** Our own memory, of at least so many bytes. */
function memoryOf(bytes: number): {buffer: ArrayBufferLike; kernels: Kernels} | null {
  if (loaded === undefined) loaded = load();
  if (loaded == null) return null;
  const {memory, kernels} = loaded;
  const missing = bytes - memory.buffer.byteLength;
  try {
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  } catch {
    return null;
  }
  return {buffer: memory.buffer, kernels};
}

function load() {
  if (typeof WebAssembly === 'undefined') return null;
  const memory = new WebAssembly.Memory({initial: 4, maximum: 2 ** 16});
  const kernels = loadKernels(memory);
  return kernels && {memory, kernels};
}

const PAGE = 2 ** 16;
