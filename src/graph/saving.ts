import type {Graph} from './graph.js';
import type {Interpretation} from './interpretation.js';
import type {Norm} from './norm.js';
import {orRefused, Refused} from './refusal.js';
import type {Slice} from './slice.js';
import {power} from './terms.js';
import {isBatchNorm, type NodeJson} from './topology.js';

/**
 * The nodes that nobody needs once `end` is one node.
 *
 * @throws Refused, if these are so few of those that go over the whole input that ours would be slower:
 *     it goes over it once to take the statistics, and once more to use them.
 */
export function savingOf(
  graph: Graph,
  end: NodeJson,
  {nodes, expression}: Slice,
  {root}: Norm,
  known: Interpretation,
): NodeJson[] {
  const unused = new Set(nodes);
  const isUnused = (node: NodeJson) =>
    node === end ||
    (!graph.outputs.has(node.name) && graph.usersOf(node.name).every(user => unused.has(user)));
  for (let before = 0; before !== unused.size;) {
    before = unused.size;
    for (const node of unused) if (!isUnused(node)) unused.delete(node);
  }
  const isWhole = (node: NodeJson, index: number) => {
    if (node.op === 'EuclideanNorm' || isBatchNorm(node)) return true;
    const value = orRefused(() => known.value(index));
    return !(value instanceof Refused) && value.terms.some(term => power(term, 'x') > 0);
  };
  const passes = nodes.filter(
    (node, i) => unused.has(node) && isWhole(node, expression.leaves + i),
  );
  if (passes.length < (root.center ? 3 : 2) && !nodes.some(isBatchNorm)) {
    throw new Refused('its parts are used elsewhere too, so that one node more would save little');
  }
  return [...unused].filter(({op}) => op !== 'Const');
}
