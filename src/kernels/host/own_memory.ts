/** The memory that tiles of JavaScript's arrays are copied to. */
import {type Loops, loadLoops} from './loops.js';

/** Loaded once; `null` where that failed. */
let loaded: Loops | null | undefined;

export function loopsOfOwnMemory(): Loops | null {
  if (loaded === undefined) loaded = load();
  return loaded;
}

function load(): Loops | null {
  if (typeof WebAssembly === 'undefined') return null;
  const memory = new WebAssembly.Memory({initial: 4, maximum: 2 ** 16});
  return loadLoops(memory, {reserve: bytes => reserve(memory, bytes), release: () => {}});
}

/** No array begins at 0. */
const START = 64;
const PAGE = 2 ** 16;
/** 64 MiB. Beyond, the machine's memory would rather be the tensors'. */
const LARGEST = 2 ** 26;

/** The memory has one call at a time, and never shrinks. */
function reserve(memory: WebAssembly.Memory, bytes: number): number | null {
  if (bytes > LARGEST) return null;
  const missing = START + bytes - memory.buffer.byteLength;
  try {
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  } catch {
    return null;
  }
  return START;
}
