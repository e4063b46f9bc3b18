import type {Statistic} from '../../statistic.js';
import {MODULE} from './module.js';

/** What normalize.c exports; arrays are addresses of their first bytes. */
export type Kernels = Readonly<
  Record<
    | 'row_normalize'
    | 'row_grad'
    | 'row_param_grad'
    | 'column_moments'
    | 'column_apply'
    | 'column_grad_sums'
    | 'column_grad_apply'
    | 'segment_moments'
    | 'segment_apply'
    | 'segment_grad_sums'
    | 'segment_grad_apply',
    (...args: number[]) => void
  >
>;

/** A statistic as normalize.c has it. */
export const flagsOf = ({center, average, power}: Statistic): number =>
  (center ? 1 : 0) | (average ? 2 : 0) | (power === 2 ? 4 : 0);

/** How many columns normalize.c takes at a time. Its scratch has that many floats, a few times. */
export const STRIP = 1024;

/**
 * The kernels over `memory`; `null` where WebAssembly or its SIMD is missing, or where a page's
 * content security policy forbids it.
 */
export function loadKernels(memory: WebAssembly.Memory): Kernels | null {
  try {
    const module = new WebAssembly.Module(moduleFor(memory));
    return new WebAssembly.Instance(module, {env: {memory}}).exports as Kernels;
  } catch {
    return null;
  }
}

/** The module says of the memory that it imports whether it is shared, in a single byte. */
function moduleFor(memory: WebAssembly.Memory): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(MODULE), c => c.charCodeAt(0));
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
