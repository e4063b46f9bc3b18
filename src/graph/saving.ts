import type {Graph} from './graph.js';
import type {Interpretation} from './interpretation.js';
import type {Norm} from './norm.js';
import {orRefused, Refused} from './refusal.js';
import type {Slice} from './slice.js';
import {power} from './terms.js';
import {isBatchNorm, type NodeJson} from './topology.js';

/** A norm that could be one node. */
export type Piece = {
  /** Its last node. */
  readonly node: NodeJson;
  readonly slice: Slice;
  readonly norm: Norm;
  readonly known: Interpretation;
};

/**
 * For each of some norms, which may share their mean and their root, the nodes that nobody needs once each of them is
 * one node; what they share is the first one's.
 *
 * @throws Refused, if too few of the nodes that go over the whole input are among these, so that ours would be
 *     slower: each goes over it once to take the statistics, and once more to use them.
 */
export function savingOf(graph: Graph, pieces: readonly Piece[]): NodeJson[][] {
  const ends = new Set(pieces.map(({node}) => node));
  const unused = new Set(pieces.flatMap(({slice}) => slice.nodes));
  const isUnused = (node: NodeJson) =>
    ends.has(node) ||
    (!graph.outputs.has(node.name) && graph.usersOf(node.name).every(user => unused.has(user)));
  for (let before = 0; before !== unused.size;) {
    before = unused.size;
    for (const node of unused) if (!isUnused(node)) unused.delete(node);
  }
  const passes = new Set(pieces.flatMap(piece => passesOf(piece).filter(each => unused.has(each))));
  const needed = pieces.reduce((sum, {norm}) => sum + (norm.root.center ? 2 : 1), 1);
  if (passes.size < needed && !pieces.some(({slice}) => slice.nodes.some(isBatchNorm))) {
    throw new Refused('its parts are used elsewhere too, so that one node more would save little');
  }
  return pieces.map(({slice}) => {
    const own = slice.nodes.filter(node => unused.delete(node));
    return own.filter(({op}) => op !== 'Const');
  });
}

/** The nodes that go over the whole input. */
function passesOf({slice: {nodes, expression}, known}: Piece): NodeJson[] {
  return nodes.filter((node, i) => {
    if (node.op === 'EuclideanNorm' || isBatchNorm(node)) return true;
    const value = orRefused(() => known.value(expression.leaves + i));
    return !(value instanceof Refused) && value.terms.some(term => power(term, 'x') > 0);
  });
}
