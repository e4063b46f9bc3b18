/** The normalizations of a graph. */
import {anchorsIn, type Anchor} from './anchors.js';
import type {Constants} from './constants.js';
import type {Graph} from './graph.js';
import {Interpretation} from './interpretation.js';
import {kindOf, type NormKind} from './kind.js';
import {readNorm} from './norm.js';
import {signatureOf} from './ops.js';
import {ruleOf} from './plan.js';
import {orRefused, Refused} from './refusal.js';
import {resultOf} from './expression.js';
import {type Piece, savingOf} from './saving.js';
import {type Slice, sliceOf} from './slice.js';
import {isBatchNorm, type NodeJson} from './topology.js';

export type Found = {
  readonly kind: NormKind;
  /** The last node, in whose place ours stands. */
  readonly end: NodeJson;
  readonly slice: Slice;
  /** The nodes that nobody needs then, the last one among them. */
  readonly replaced: readonly NodeJson[];
};

/** A root of a variance or a mean square around which there is no normalization that we could run. */
export type NotFound = {readonly root: NodeJson; readonly reason: string};

/** More nodes than any normalization has. */
const FARTHEST = 400;

export function findNorms(
  graph: Graph,
  constants: Constants,
): {found: Found[]; refused: NotFound[]} {
  const found = new Map<NodeJson, Found>();
  const refused: NotFound[] = [];
  for (const anchor of anchorsIn(graph, constants)) {
    const {ends, reason} = normsAround(graph, anchor, constants);
    for (const one of ends) found.set(one.end, one);
    if (isBatchNorm(anchor.root) && !ends.some(({replaced}) => replaced.includes(anchor.root))) {
      found.set(anchor.root, alone(graph, anchor, constants));
    } else if (ends.length === 0 && reason != null) {
      refused.push({root: anchor.root, reason});
    }
  }
  // A root of which another one is a part, such as a power of -1 before it.
  const replaced = new Set([...found.values()].flatMap(one => one.replaced));
  return {
    found: [...found.values()],
    refused: refused.filter(({root}) => !replaced.has(root)),
  };
}

/** A batch norm in training mode, as it stands: tfjs has none. */
const alone = (graph: Graph, {root, inputs}: Anchor, constants: Constants): Found => ({
  ...{kind: 'batch', end: root, replaced: [root]},
  slice: sliceOf(graph, root, inputs[0], new Set(), constants),
});

type Norms = {ends: Found[]; reason: string | null};

/** The norms of the first input that has any. */
function normsAround(graph: Graph, {root, inputs, reason}: Anchor, constants: Constants): Norms {
  let first: string | null = null;
  for (const input of inputs) {
    const norms = normsAt(graph, root, input, constants);
    if (norms.ends.length > 0) return norms;
    first ??= norms.reason;
  }
  return {ends: [], reason: first ?? reason};
}

function normsAt(graph: Graph, root: NodeJson, input: string, constants: Constants): Norms {
  const within = dependentsOf(graph, input);
  const valid = new Map<NodeJson, Piece>();
  const reasons: Refused[] = [];
  const queue = [root];
  const seen = new Set(queue);
  for (const node of queue) {
    const slice = sliceOf(graph, node, input, within, constants);
    const piece = orRefused(() => pieceOf(node, slice));
    if (piece instanceof Refused) reasons.push(piece);
    else valid.set(node, piece);
    if (piece instanceof Refused && !piece.isPart) continue;
    if (isBatchNorm(node) && graph.usesOtherOutputs(node.name)) continue;
    for (const user of graph.usersOf(node.name)) {
      if (seen.has(user) || !within.has(user)) continue;
      seen.add(user);
      queue.push(user);
    }
  }
  const firsts = [...valid.values()].filter(
    ({node}) => !graph.inputsOf(node).some(ref => valid.has(graph.nodeOf(ref)!)),
  );
  const pieces = [...new Set(firsts.map(first => grown(graph, first, valid)))];
  const together = orRefused(() => foundAt(graph, pieces));
  if (!(together instanceof Refused)) return {ends: together, reason: reasonOf(reasons)};
  const ends: Found[] = [];
  for (const piece of pieces) {
    const result = orRefused(() => foundAt(graph, [piece]));
    if (result instanceof Refused) reasons.unshift(result);
    else ends.push(...result);
  }
  return {ends, reason: reasonOf(reasons)};
}

/** The reason that says more than that it was no whole one, unless there is no other. */
function reasonOf(reasons: readonly Refused[]): string | null {
  const [first] = reasons.filter(({isPart}) => !isPart);
  return (first ?? reasons[reasons.length - 1])?.reason ?? null;
}

function pieceOf(node: NodeJson, slice: Slice): Piece {
  const known = new Interpretation(slice.expression, slice.leaves);
  const norm = readNorm(known, known.value(resultOf(slice.expression)));
  const {gamma, beta} = norm;
  // A beta before gamma is multiplied by it; a batch norm has a gamma and a beta of its own.
  const added = new Set(beta.flatMap(({factors}) => factors).filter(each => !gamma.includes(each)));
  const isSeveral = (factors: readonly string[]) =>
    factors.filter(factor => !factor.startsWith('c')).length > 1;
  if (isSeveral(gamma) || isSeveral([...added])) {
    throw new Refused('more is multiplied or added than gamma and beta', true);
  }
  // The size of a group makes no difference to whether there is a rule.
  if (norm.root.scale != null && norm.root.epsilon != null) ruleOf(norm.root, 1);
  return {node, slice, norm, known};
}

/** Ops that change shapes and names alone; a normalization ends before them. */
const WITHOUT_EFFECT = [
  'Reshape',
  'Squeeze',
  'StridedSlice',
  'ExpandDims',
  'Identity',
  'Cast',
  'StopGradient',
];

/** The farthest node that computes a normalization and is all that is used of those before it. */
function grown(graph: Graph, first: Piece, valid: ReadonlyMap<NodeJson, Piece>): Piece {
  let last = first;
  for (let next: Piece | undefined = first; next != null; next = onlyUser(graph, next, valid)) {
    if (!WITHOUT_EFFECT.includes(next.node.op)) last = next;
  }
  return last;
}

function onlyUser(
  graph: Graph,
  {node}: Piece,
  valid: ReadonlyMap<NodeJson, Piece>,
): Piece | undefined {
  const users = graph.usersOf(node.name);
  const isExposed = users.length !== 1 || graph.outputs.has(node.name);
  return isExposed ? undefined : valid.get(users[0]);
}

function foundAt(graph: Graph, pieces: readonly Piece[]): Found[] {
  if (pieces.length === 0) return [];
  const replaced = savingOf(graph, pieces);
  return pieces.map(({node, slice, norm, known}, i) => ({
    ...{kind: kindOf(graph, slice, norm, known), end: node, slice},
    replaced: replaced[i],
  }));
}

/** The nodes that may compute something of the input in ops that a normalization is written in. */
function dependentsOf(graph: Graph, input: string): ReadonlySet<NodeJson> {
  const found = new Set<NodeJson>();
  const queue = [input.split(':')[0]];
  for (const name of queue) {
    for (const user of graph.usersOf(name)) {
      if (found.size >= FARTHEST) return found;
      if (found.has(user) || signatureOf(user) == null) continue;
      found.add(user);
      queue.push(user.name);
    }
  }
  return found;
}
