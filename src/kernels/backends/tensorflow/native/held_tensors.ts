/**
 * Tensors of TensorFlow that hold what many calls need. They are none of tfjs's: these would take as long to
 * make as a small op, and tf.memory() would count them as the user's.
 */
import type {KernelName} from '../../../contract.js';
import {CONSTANTS} from '../../../defaults.js';
import {bitsOf, NAMES} from '../../../host/call.js';
import {planOf} from '../../../host/plan.js';
import type {NormView} from '../../../../view.js';
import type {NodeBackend} from '../node_backend.js';

/** The settings of a call, beside its arrays and its view. */
export type Head = {
  readonly kernel: KernelName;
  /** A bit for each array that the call has, see `bitsOf`. */
  readonly arrays: number;
  /** As native/call.h and native/loops.h have them. */
  readonly statistic: number;
  readonly activation: number;
  readonly alpha: number;
  readonly epsilon: number;
  readonly momentum: number;
};

/** The first input of a call's op, and the order of the others and of its outputs. */
export type HeldPlan = {
  readonly head: Head;
  readonly id: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
};

type Held = {
  readonly plans: Map<NormView, HeldPlan[]>;
  /** The ids of constants, by how many elements they have. */
  readonly 0: Map<number, number>;
  readonly 1: Map<number, number>;
  /** How many plans there are. */
  count: number;
};

const held = new WeakMap<NodeBackend, Held>();
const MOST_HELD = 512;
/** A longer plan, of thousands of lines, is made for its call alone. */
const LONGEST_HELD = 4096;

function heldBy(backend: NodeBackend): Held {
  let all = held.get(backend);
  if (all === undefined)
    held.set(backend, (all = {plans: new Map(), 0: new Map(), 1: new Map(), count: 0}));
  return all;
}

/** The arrays that are outputs, of those that a kernel may have. */
const OUTPUTS: Readonly<Record<KernelName, number>> = {
  FusedNormalize: bitsOf(['y', 'stats', 'mean', 'spread', 'sum']),
  FusedNormalizeGrad: bitsOf(['dx', 'dgamma', 'dbeta']),
  FusedNormalizeGiven: bitsOf(['y']),
};

/** Calls `f` with the plan of a call on a view. */
export function withPlan<Result>(
  backend: NodeBackend,
  view: NormView,
  head: Head,
  f: (plan: HeldPlan) => Result,
): Result {
  const all = heldBy(backend);
  let ofView = all.plans.get(view);
  const known = ofView?.find(({head: known}) => isSame(known, head));
  if (known !== undefined) return f(known);

  const {binding} = backend;
  const ints = firstInput(head, planOf(view, head.kernel));
  const id = binding.createTensor([ints.length], binding.TF_INT32, ints);
  const has = (bits: number) => NAMES.filter((_, i) => (bits >> i) & 1);
  const outputs = OUTPUTS[head.kernel];
  const plan = {
    head,
    id,
    inputs: has(head.arrays & ~outputs),
    outputs: has(head.arrays & outputs),
  };
  if (ints.length > LONGEST_HELD) {
    try {
      return f(plan);
    } finally {
      binding.deleteTensor(id);
    }
  }
  if (++all.count > MOST_HELD) {
    for (const plans of all.plans.values()) for (const {id} of plans) binding.deleteTensor(id);
    all.plans.clear();
    all.count = 1;
    ofView = undefined;
  }
  if (ofView === undefined) all.plans.set(view, (ofView = []));
  ofView.push(plan);
  return f(plan);
}

const isSame = (a: Head, b: Head): boolean =>
  a.kernel === b.kernel &&
  a.arrays === b.arrays &&
  a.statistic === b.statistic &&
  a.activation === b.activation &&
  a.alpha === b.alpha &&
  a.epsilon === b.epsilon &&
  a.momentum === b.momentum;

/** The first input of an op, as native/ops.c reads it. */
export function firstInput(
  {arrays, statistic, activation, alpha, epsilon, momentum}: Head,
  plan: Int32Array,
): Int32Array {
  const HEAD = 8;
  const ints = new Int32Array(HEAD + plan.length);
  ints.set([arrays, statistic, activation]);
  new Float32Array(ints.buffer, 12, 1)[0] = alpha;
  new Float64Array(ints.buffer, 16, 2).set([epsilon, momentum]);
  ints.set(plan, HEAD);
  return ints;
}

/** The id of a tensor of so many elements, all of this value. */
export function constantTensor(backend: NodeBackend, value: 0 | 1, count: number): number {
  const ids = heldBy(backend)[value];
  const known = ids.get(count);
  if (known !== undefined) return known;
  const {binding} = backend;
  if (ids.size >= MOST_HELD) {
    for (const old of ids.values()) binding.deleteTensor(old);
    ids.clear();
  }
  const id = binding.createTensor([count], binding.TF_FLOAT, CONSTANTS[value].slice(0, count));
  ids.set(count, id);
  return id;
}
