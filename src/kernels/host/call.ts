/**
 * A call of the loops: its head and its plan as native/module.c reads them.
 *
 * All of it but the addresses depends on the view, the statistic and on which arrays there are. It is
 * made once, since it would take as long as a small tensor's loops.
 */
import type {AttrsOf, FusedNormalize, KernelName, NormalizeAttrs} from '../contract.js';
import {type Activation, ACTIVATIONS, type AnyActivation} from '../../activation.js';
import type {Statistic} from '../../statistic.js';
import {type NormView, viewSize} from '../../view.js';
import type {Arrays} from './arrays.js';
import type {Loops} from './loops.js';
import {planOf} from './plan.js';

/** Where the arrays are in the loops' memory. */
export type Addresses = Readonly<Record<string, number>>;

/** The order of the arrays in native/call.h. */
export const NAMES: readonly string[] = [
  ...['x', 'gamma', 'beta', 'mean', 'variance', 'movingMean', 'movingSpread'],
  ...['dy', 'stats', 'dmean', 'dspread', 'residual', 'gate', 'dsum'],
  ...['y', 'spread', 'sum', 'dx', 'dgamma', 'dbeta'],
];
const INDEX: Readonly<Record<string, number>> = Object.fromEntries(
  NAMES.map((name, i) => [name, i]),
);
/** The head in numbers of four bytes: six of them, the last one a float, and the arrays' addresses. */
const [ALPHA, FIRST_ADDRESS] = [5, 6];
const HEAD = FIRST_ADDRESS + NAMES.length;
/** For the stack of the loops. */
const STACK = 8192;
const ALIGNMENT = 16;

/** A statistic as native/loops.h has it. */
export const flagsOf = ({center, average, power}: Statistic): number =>
  (center ? 1 : 0) | (average ? 2 : 0) | (power === 2 ? 4 : 0);

/** An activation as native/activations.h has it. */
export const codeOf = (activation: AnyActivation | null | undefined): number =>
  activation == null ? 0 : 1 + ACTIVATIONS.indexOf(activation as Activation);

export const bitOf = (name: string): number => 1 << INDEX[name];

/** A bit for each of some arrays. */
export function bitsOf(names: readonly string[]): number {
  let bits = 0;
  for (const name of names) bits |= bitOf(name);
  return bits;
}

/** How the loops take a call. */
export type CallPlan = {
  readonly name: KernelName;
  /** The head and the plan. Each call writes its addresses, and alpha, to it. */
  readonly words: Int32Array;
  /** The word of the head that is a float. */
  readonly alpha: Float32Array;
  /** Whether tiles of the arrays are copied. */
  readonly inTiles: boolean;
  /** How many bytes the call needs: for its words, the stack and the loops' scratch. */
  readonly bytes: number;
};

type Known = Map<number, CallPlan | null>;
const known = new WeakMap<NormView, Known>();
/** A longer plan, of thousands of lines, would hold too much memory. */
const LARGEST_KNOWN = 4096;
const KERNELS: readonly KernelName[] = [
  'FusedNormalize',
  'FusedNormalizeGiven',
  'FusedNormalizeGrad',
];

/** The plan of a call with arrays of these names; `null` where no loop takes the gate, or the memory cannot be had. */
export function planCall<Name extends KernelName>(
  loops: Loops,
  name: Name,
  {view, statistic, activation}: AttrsOf[Name],
  arrays: readonly string[],
  inTiles: boolean,
): CallPlan | null {
  const kind = (KERNELS.indexOf(name) << 4) | (flagsOf(statistic) << 1) | (inTiles ? 1 : 0);
  const key = (bitsOf(arrays) << 9) | (codeOf(activation) << 6) | kind;
  let ofView = known.get(view);
  let call = ofView?.get(key);
  if (call !== undefined) return call;
  call = makeCall(loops, name, {view, statistic, activation}, arrays, inTiles);
  if (call != null && call.words.length > LARGEST_KNOWN) return call;
  if (ofView === undefined) {
    ofView = new Map() as Known;
    known.set(view, ofView);
  }
  ofView.set(key, call);
  return call;
}

function makeCall(
  loops: Loops,
  name: KernelName,
  {view, statistic, activation}: Pick<NormalizeAttrs, 'view' | 'statistic' | 'activation'>,
  arrays: readonly string[],
  inTiles: boolean,
): CallPlan | null {
  const plan = planOf(view, name);
  const words = new Int32Array(HEAD + plan.length);
  const elsewhere = inTiles ? bitsOf(arrays) : 0;
  words.set([flagsOf(statistic), elsewhere, viewSize(view), plan.length, codeOf(activation)]);
  // Any address will do, as long as nothing is computed.
  if (!inTiles) for (const array of arrays) words[FIRST_ADDRESS + INDEX[array]] = 16;
  words.set(plan, HEAD);
  const alpha = new Float32Array(words.buffer, 4 * ALPHA, 1);
  const call = {name, words, alpha, inTiles, bytes: spaceOf(words)};
  const scratch = measure(loops, call);
  return scratch < 0 ? null : {...call, bytes: call.bytes + scratch + ALIGNMENT};
}

/** How many bytes the words and the stack take. */
const spaceOf = (words: Int32Array): number => 16 * Math.ceil(words.length / 4) + STACK;

/** How many bytes of scratch the loops ask for; negative where there is no memory to ask in. */
function measure(loops: Loops, call: CallPlan): number {
  const address = loops.reserve(call.bytes);
  if (address == null) return -1;
  try {
    return enter(loops, call, 0, 0, address);
  } finally {
    loops.release(address);
  }
}

/**
 * Runs a call on arrays in the loops' memory, and on `address`, from where the call's bytes were reserved.
 * `false` where the squares of x leave the range of float32; the outputs then hold anything.
 */
export function runInPlace(
  loops: Loops,
  call: CallPlan,
  attrs: NormalizeAttrs,
  arrays: Addresses,
  address: number,
): boolean {
  for (const name of Object.keys(arrays)) call.words[FIRST_ADDRESS + INDEX[name]] = arrays[name];
  return run(loops, call, attrs, address);
}

const NONE = new Float32Array(0);

/** The same on arrays that are elsewhere. */
export function runInTiles(
  loops: Loops,
  call: CallPlan,
  attrs: NormalizeAttrs,
  arrays: Readonly<Arrays>,
  address: number,
): boolean {
  for (const name of Object.keys(arrays)) loops.elsewhere[INDEX[name]] = arrays[name];
  try {
    return run(loops, call, attrs, address);
  } finally {
    loops.elsewhere.fill(NONE);
  }
}

function run(loops: Loops, call: CallPlan, attrs: NormalizeAttrs, address: number): boolean {
  const {momentum = 0, alpha} = attrs as Partial<AttrsOf[typeof FusedNormalize]>;
  call.alpha[0] = alpha ?? 1;
  return enter(loops, call, attrs.epsilon, momentum, address) === 0;
}

/** Calls the loops: without bytes for scratch, to ask how many they need. */
function enter(
  {words, exports}: Loops,
  call: CallPlan,
  epsilon: number,
  momentum: number,
  address: number,
): number {
  words().ints.set(call.words, address / 4);
  const end = address + spaceOf(call.words);
  const scratchBytes = address + call.bytes - end;
  // The loops take it for granted that the stack is aligned. The backend's memory need not be.
  exports.__stack_pointer.value = ALIGNMENT * Math.floor(end / ALIGNMENT);
  const scratch = scratchBytes > 0 ? end : 0;
  const plan = address + 4 * HEAD;
  return exports[call.name](address, plan, epsilon, momentum, scratch, scratchBytes);
}
