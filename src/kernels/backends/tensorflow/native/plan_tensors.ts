import {FusedNormalizeGiven, type KernelName} from '../../../contract.js';
import {planOf} from '../../../host/plan.js';
import type {NormView} from '../../../../view.js';
import type {NodeBackend} from '../node_backend.js';

/** The ids of plans: of the kernel for given statistics, and of the others. */
type Known = Readonly<Record<'given' | 'own', Map<NormView, number>>>;

const known = new WeakMap<NodeBackend, Known>();
const MOST_KNOWN = 512;
/** A longer plan, of thousands of lines, is made for its call alone. */
const LARGEST_KNOWN = 4096;

/**
 * Calls `f` with the id of a view's plan as a tensor of TensorFlow. The tensor is made once: it is none of
 * tfjs's, which would take as long to make as a small op, and which tf.memory() would count as the user's.
 */
export function withPlan<Result>(
  backend: NodeBackend,
  kernel: KernelName,
  view: NormView,
  f: (id: number) => Result,
): Result {
  let all = known.get(backend);
  if (all === undefined) known.set(backend, (all = {given: new Map(), own: new Map()}));
  const ids = all[kernel === FusedNormalizeGiven ? 'given' : 'own'];
  let id = ids.get(view);
  if (id !== undefined) return f(id);

  const {binding} = backend;
  const plan = planOf(view, kernel);
  id = binding.createTensor([plan.length], binding.TF_INT32, plan);
  if (plan.length > LARGEST_KNOWN) {
    try {
      return f(id);
    } finally {
      binding.deleteTensor(id);
    }
  }
  if (ids.size >= MOST_KNOWN) {
    for (const old of ids.values()) binding.deleteTensor(old);
    ids.clear();
  }
  ids.set(view, id);
  return f(id);
}
