/**
 * Tensors of TensorFlow that hold what many calls need. They are none of tfjs's: these would take as long to
 * make as a small op, and tf.memory() would count them as the user's.
 */
import {FusedNormalizeGiven, type KernelName} from '../../../contract.js';
import {CONSTANTS} from '../../../defaults.js';
import {planOf} from '../../../host/plan.js';
import type {NormView} from '../../../../view.js';
import type {NodeBackend} from '../node_backend.js';

/** The ids of plans, by their views. */
type Plans = Map<NormView, number>;
/** The ids of constants, by how many elements they have. */
type Constants = Map<number, number>;
type Held = {
  /** Of the kernel for given statistics. */
  readonly given: Plans;
  readonly others: Plans;
  readonly 0: Constants;
  readonly 1: Constants;
};

const held = new WeakMap<NodeBackend, Held>();
const MOST_HELD = 512;
/** A longer plan, of thousands of lines, is made for its call alone. */
const LONGEST_HELD = 4096;

function heldBy(backend: NodeBackend): Held {
  let all = held.get(backend);
  if (all === undefined) {
    all = {given: new Map(), others: new Map(), 0: new Map(), 1: new Map()};
    held.set(backend, all);
  }
  return all;
}

/** Calls `f` with the id of a view's plan. */
export function withPlan<Result>(
  backend: NodeBackend,
  kernel: KernelName,
  view: NormView,
  f: (id: number) => Result,
): Result {
  const {given, others} = heldBy(backend);
  const ids = kernel === FusedNormalizeGiven ? given : others;
  const known = ids.get(view);
  if (known !== undefined) return f(known);

  const {binding} = backend;
  const plan = planOf(view, kernel);
  const id = binding.createTensor([plan.length], binding.TF_INT32, plan);
  if (plan.length <= LONGEST_HELD) {
    hold(backend, ids, view, id);
    return f(id);
  }
  try {
    return f(id);
  } finally {
    binding.deleteTensor(id);
  }
}

/** The id of a tensor of so many elements, all of this value. */
export function constantTensor(backend: NodeBackend, value: 0 | 1, count: number): number {
  const ids = heldBy(backend)[value];
  const known = ids.get(count);
  if (known !== undefined) return known;
  const {binding} = backend;
  const id = binding.createTensor([count], binding.TF_FLOAT, CONSTANTS[value].slice(0, count));
  hold(backend, ids, count, id);
  return id;
}

/** Holds one more; where there are too many, these are forgotten first. */
function hold<Key>({binding}: NodeBackend, ids: Map<Key, number>, key: Key, id: number): void {
  if (ids.size >= MOST_HELD) {
    for (const old of ids.values()) binding.deleteTensor(old);
    ids.clear();
  }
  ids.set(key, id);
}
