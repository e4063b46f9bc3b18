/** The loops of the folder `native` as a WebAssembly module, which runs over any memory. */
import type {KernelName} from '../contract.js';
import {MODULE} from './module.js';
import {moduleBytes} from './module_bytes.js';

type Exports = {readonly __stack_pointer: WebAssembly.Global} & {
  readonly [Name in KernelName]: (
    head: number,
    plan: number,
    epsilon: number,
    momentum: number,
    scratch: number,
    bytes: number,
  ) => number;
};

/** Copies `count` elements, from the array's element `from` on, to or from an address. */
type Copy = (array: number, from: number, count: number, address: number) => void;

/** A memory as numbers of four bytes each. */
type Words = {readonly ints: Int32Array; readonly floats: Float32Array};

export type Loops = {
  readonly memory: WebAssembly.Memory;
  readonly exports: Exports;
  /** The arrays of the call in hand that are not in the memory, by their places in native/call.h. */
  readonly elsewhere: Float32Array[];
  /** The memory's words, until it grows. */
  readonly words: () => Words;
  /** The address of so many bytes, for one call; null where they cannot be had. */
  readonly reserve: (bytes: number) => number | null;
  readonly release: (address: number) => void;
};

/**
 * The loops over `memory`; `null` where WebAssembly or its SIMD is missing, or where a page's
 * content security policy forbids it.
 */
export function loadLoops(
  memory: WebAssembly.Memory,
  {reserve, release}: Pick<Loops, 'reserve' | 'release'>,
): Loops | null {
  const elsewhere: Float32Array[] = [];
  const words = wordsOf(memory);
  const copyIn: Copy = (array, from, count, address) => {
    const all = elsewhere[array];
    words().floats.set(count === all.length ? all : all.subarray(from, from + count), address / 4);
  };
  const copyOut: Copy = (array, from, count, address) => {
    elsewhere[array].set(words().floats.subarray(address / 4, address / 4 + count), from);
  };
  try {
    const module = new WebAssembly.Module(moduleFor(memory));
    const env = {memory, copy_in: copyIn, copy_out: copyOut};
    const {exports} = new WebAssembly.Instance(module, {env});
    return {memory, exports: exports as Exports, elsewhere, words, reserve, release};
  } catch {
    return null;
  }
}

/** Made again only where the memory has grown: a call of a small tensor would notice it. */
function wordsOf(memory: WebAssembly.Memory): () => Words {
  let words: Words | null = null;
  return () => {
    const {buffer} = memory;
    if (words?.ints.buffer !== buffer) {
      words = {ints: new Int32Array(buffer), floats: new Float32Array(buffer)};
    }
    return words;
  };
}

/** The module says of the memory that it imports whether it is shared, in a single byte. */
function moduleFor(memory: WebAssembly.Memory): Uint8Array<ArrayBuffer> {
  const bytes = moduleBytes(MODULE);
  if (isShared(memory)) bytes[memoryFlags(bytes)] = SHARED_WITH_MAXIMUM;
  return bytes;
}

export const isShared = ({buffer}: WebAssembly.Memory): boolean =>
  typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer;

const SHARED_WITH_MAXIMUM = 3;

/** The flags follow the import's names, each after its length, and its kind: 2, a memory. */
function memoryFlags(bytes: Uint8Array): number {
  const memoryImport = Array.from('\x03env\x06memory\x02', c => c.charCodeAt(0));
  const at = bytes.findIndex((_, i) => memoryImport.every((byte, j) => bytes[i + j] === byte));
  return at + memoryImport.length;
}
