/** A call of the loops: its head and its plan are written to their memory as native/module.c reads them. */
import type {AttrsOf, FusedNormalize, KernelName, NormalizeAttrs} from '../contract.js';
import {type Activation, ACTIVATIONS} from '../../activation.js';
import type {Statistic} from '../../statistic.js';
import type {Loops} from './loops.js';
import {planOf} from './plan.js';
import type {Arrays} from './arrays.js';

/** The order of the arrays in native/call.h. */
const NAMES = [
  ...['x', 'gamma', 'beta', 'mean', 'variance', 'movingMean', 'movingSpread'],
  ...['dy', 'stats', 'dmean', 'dspread', 'residual', 'gate', 'dsum'],
  ...['y', 'spread', 'sum', 'dx', 'dgamma', 'dbeta'],
];
const NUMBERS = 6;
const HEAD = 4 * (NUMBERS + NAMES.length);
/** For the stack of the loops. */
const STACK = 8192;
const ALIGNMENT = 16;

/** A statistic as native/loops.h has it. */
export const flagsOf = ({center, average, power}: Statistic): number =>
  (center ? 1 : 0) | (average ? 2 : 0) | (power === 2 ? 4 : 0);

/** An activation as native/activations.h has it. */
export const codeOf = (activation: Activation | null | undefined): number =>
  activation == null ? 0 : 1 + ACTIVATIONS.indexOf(activation);

/** A bit for each of some arrays. */
export const bitsOf = (names: readonly string[]): number =>
  names.reduce((bits, name) => bits | (1 << NAMES.indexOf(name)), 0);

/** How the loops take a call. */
export type CallPlan = {
  readonly name: KernelName;
  readonly plan: Int32Array;
  /** Whether tiles of the arrays are copied. */
  readonly inTiles: boolean;
  /** How many bytes the call needs. */
  readonly bytes: number;
};

const known = new Map<string, CallPlan | null>();
const MOST_KNOWN = 512;
const LARGEST_KNOWN = 4096;

/** `null` where no loop takes the gate, or the memory cannot be had. */
export function planCall<Name extends KernelName>(
  loops: Loops,
  name: Name,
  attrs: AttrsOf[Name],
  arrays: readonly string[],
  inTiles: boolean,
): CallPlan | null {
  const {view, activation} = attrs;
  const axes = view.map(
    ({size, reduced, param}) => `${size}${reduced ? 'r' : ''}${param ? 'p' : ''}`,
  );
  const key = `${name} ${inTiles} ${codeOf(activation)} ${arrays.join()} ${axes.join()}`;
  let call = known.get(key);
  if (call !== undefined) return call;
  const plan = planOf(view, name, activation != null);
  call = {name, plan, inTiles, bytes: 0};
  const scratch = measure(loops, call, attrs, arrays);
  call = scratch < 0 ? null : {...call, bytes: sizeOf(plan) + scratch + ALIGNMENT};
  if (known.size >= MOST_KNOWN) known.clear();
  if (plan.length <= LARGEST_KNOWN) known.set(key, call);
  return call;
}

/** Head, plan and stack. */
const sizeOf = (plan: Int32Array): number => HEAD + 16 * Math.ceil(plan.length / 4) + STACK;

/** How many bytes of scratch the loops ask for; negative where there is no memory to ask in. */
function measure(
  loops: Loops,
  call: CallPlan,
  attrs: NormalizeAttrs,
  arrays: readonly string[],
): number {
  const address = loops.reserve(sizeOf(call.plan));
  if (address == null) return -1;
  try {
    // Any place will do.
    const places = Object.fromEntries(arrays.map(name => [name, call.inTiles ? 0 : 16]));
    return enter(loops, call, attrs, places, address, 0);
  } finally {
    loops.release(address);
  }
}

/**
 * Runs a call on `address`, from where its bytes were reserved. `false` where the squares of x leave
 * the range of float32; the outputs then hold anything.
 */
export function runCall(
  loops: Loops,
  call: CallPlan,
  attrs: NormalizeAttrs,
  arrays: Arrays,
  address: number,
): boolean {
  const places: Record<string, number> = {};
  for (const name of Object.keys(arrays)) {
    places[name] = call.inTiles ? 0 : arrays[name].byteOffset;
  }
  if (call.inTiles) copyTiles(loops, arrays);
  try {
    return enter(loops, call, attrs, places, address, call.bytes - sizeOf(call.plan)) === 0;
  } finally {
    if (call.inTiles) copyTiles(loops, {});
  }
}

/** Lets the loops copy tiles of these arrays. */
function copyTiles({memory, copies}: Loops, arrays: Arrays): void {
  const tile = (address: number, count: number) => new Float32Array(memory.buffer, address, count);
  const part = (array: number, from: number, count: number) =>
    arrays[NAMES[array]].subarray(from, from + count);
  copies.in = (array, from, count, address) => tile(address, count).set(part(array, from, count));
  copies.out = (array, from, count, address) => part(array, from, count).set(tile(address, count));
}

/** The address of each array, 0 where tiles of it are copied. */
type Places = Record<string, number>;

function enter(
  {memory, exports}: Loops,
  {name, plan}: CallPlan,
  attrs: NormalizeAttrs,
  places: Places,
  address: number,
  scratchBytes: number,
): number {
  const {view, statistic, epsilon, activation} = attrs;
  const {momentum = 0, alpha} = attrs as Partial<AttrsOf[typeof FusedNormalize]>;
  const elsewhere = bitsOf(Object.keys(places).filter(name => places[name] === 0));
  const size = view.reduce((product, axis) => product * axis.size, 1);
  const head = new Int32Array(memory.buffer, address, HEAD / 4);
  head.set([flagsOf(statistic), elsewhere, size, plan.length, codeOf(activation)]);
  new Float32Array(memory.buffer, address, NUMBERS)[NUMBERS - 1] = alpha ?? 1;
  NAMES.forEach((name, i) => (head[NUMBERS + i] = places[name] ?? 0));
  new Int32Array(memory.buffer, address + HEAD, plan.length).set(plan);
  // The loops take it for granted that the stack is aligned. The backend's memory need not be.
  const end = address + sizeOf(plan);
  const top = ALIGNMENT * Math.floor(end / ALIGNMENT);
  exports.__stack_pointer.value = top;
  const scratch = scratchBytes > 0 ? end : 0;
  return exports[name](address, address + HEAD, epsilon, momentum, scratch, scratchBytes);
}
