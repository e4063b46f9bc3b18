import * as tf from '@tensorflow/tfjs';
import type {BackendWasm} from '@tensorflow/tfjs-backend-wasm';
import {memoryOf} from '../src/kernels/backends/wasm/heap.js';
import type {Data, Pass} from './implementation.js';
import {moduleBytes} from '../src/kernels/host/module_bytes.js';
import {MODULE} from './limit_module.js';
import type {Task} from './measure.js';

/** A loop that moves the same memory as a pass and computes next to nothing. */
export type Limit = Task & {name: string};

type Loops = Record<'copy' | 'triad' | 'read' | 'read_two', (...args: number[]) => void>;

/** The memory in which the loops run, and in it the addresses of three arrays as large as x. */
type Place = {memory: WebAssembly.Memory; x: number; dy: number; out: number; dispose: () => void};

/**
 * The fastest loops that we know with the traffic of each pass.
 *
 * `twice` says that x (and dy) are read two times: once for the statistics, and again for the
 * result, since by then the first values have left the second cache.
 */
export function limitsOf(data: Data, twice: boolean) {
  const {memory, x, dy, out, dispose} = placeOf(data);
  const {copy, triad, read, read_two} = loopsOver(memory);
  const n = data.x.size;
  // Each run makes the array again: it is detached when its memory grows.
  const array = (address: number) => new Float32Array(memory.buffer, address, n);
  const copies: Limit[] = [
    {name: 'copy (Float32Array.set)', run: () => array(out).set(array(x))},
    {name: 'copy (SIMD loop)', run: () => copy(x, out, n)},
  ];
  if (tf.getBackend() === 'cpu') {
    // On this backend every result is a new array, whose pages are new to the process.
    copies.push({name: 'copy (Float32Array.slice)', run: () => void array(x).slice()});
  }
  const forward = twice
    ? copies.map(step => inTurn({name: 'read', run: () => read(x, n)}, step))
    : copies;
  const triads: Limit = {name: 'triad', run: () => triad(x, dy, out, n)};
  const backward = twice
    ? inTurn({name: 'read two', run: () => read_two(x, dy, n)}, triads)
    : triads;
  const limits: Record<Pass, Limit[]> = {
    forward,
    backward: [backward],
    'forward + backward': forward.map(step => inTurn(step, backward)),
  };
  return {limits, dispose};
}

export const inTurn = (...steps: Limit[]): Limit => ({
  name: steps.map(({name}) => name).join(', '),
  run: () => steps.forEach(({run}) => void run()),
});

function loopsOver(memory: WebAssembly.Memory): Loops {
  const module = new WebAssembly.Module(moduleBytes(MODULE));
  return new WebAssembly.Instance(module, {env: {memory}}).exports as Loops;
}

/** The tensors themselves on wasm; on other backends, copies of them in a memory of WebAssembly. */
function placeOf({x, dy}: Data): Place {
  const backend = tf.backend();
  if (tf.getBackend() === 'wasm') {
    const out = tf.zerosLike(x);
    const heap = memoryOf(backend as BackendWasm);
    const [xAt, dyAt, outAt] = [x, dy, out].map(tensor => heap.read(tensor).byteOffset);
    return {memory: heap.loops!.memory, x: xAt, dy: dyAt, out: outAt, dispose: () => out.dispose()};
  }
  const bytes = 4 * x.size;
  const [xAt, dyAt, outAt] = [0, 1, 2].map(i => START + i * bytes);
  const pages = Math.ceil((START + 3 * bytes) / PAGE);
  const memory = new WebAssembly.Memory({initial: pages, maximum: 2 ** 16});
  // All pages are written to: the system backs untouched ones by a single page.
  [x, dy, x].forEach((tensor, i) =>
    new Float32Array(memory.buffer, START + i * bytes, x.size).set(tensor.dataSync<'float32'>()),
  );
  return {memory, x: xAt, dy: dyAt, out: outAt, dispose: () => undefined};
}

const START = 64;
const PAGE = 2 ** 16;
