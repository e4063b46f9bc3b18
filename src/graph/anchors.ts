/** Where in a graph a normalization may be: its root, and the tensors that its input may be. */
import type {Constants} from './constants.js';
import {resultOf} from './expression.js';
import type {Graph} from './graph.js';
import {Interpretation} from './interpretation.js';
import {signatureOf} from './ops.js';
import {orRefused, Refused} from './refusal.js';
import {rootIn} from './root.js';
import {sliceOf} from './slice.js';
import {isBatchNorm, isTraining, type NodeJson} from './topology.js';

export type Anchor = {
  readonly root: NodeJson;
  /** The likeliest first; none if there is no average of squares under the root. */
  readonly inputs: readonly string[];
  /** Why there is none, if something is averaged that looks like a square. */
  readonly reason: string | null;
};

/** How far a root may be from the average under it, and this from what is averaged. */
const DEEPEST = 12;

/** How many tensors are tried. */
const MOST = 32;

const isReduction = ({op}: NodeJson): boolean => ['Mean', 'Sum', 'EuclideanNorm'].includes(op);

const ROOTS = ['Rsqrt', 'Sqrt', 'Pow', 'EuclideanNorm'];

/** Whatever may be the root of a normalization. */
export function anchorsIn(graph: Graph, constants: Constants): Anchor[] {
  return [...graph.nodes.values()].flatMap(root => {
    if (isBatchNorm(root)) {
      return isTraining(root)
        ? [{root, inputs: graph.inputsOf(root).slice(0, 1), reason: null}]
        : [];
    }
    return ROOTS.includes(root.op) ? anchorAt(graph, root, constants) : [];
  });
}

/** The nodes that this one is computed of, level by level. */
function behind(graph: Graph, start: readonly string[], goOn: (node: NodeJson) => boolean) {
  const refs = new Set(start);
  let level: readonly string[] = start;
  for (let depth = 0; depth < DEEPEST && level.length > 0 && refs.size < MOST; depth++) {
    level = level.flatMap(ref => {
      const node = graph.nodeOf(ref);
      if (node == null || !goOn(node)) return [];
      const signature = signatureOf(node);
      const given = graph.inputsOf(node).slice(signature?.from ?? 0);
      return given.filter((input, i) => signature?.inputs[i] === 'data' && !refs.has(input));
    });
    for (const ref of level) refs.add(ref);
  }
  return refs;
}

function anchorAt(graph: Graph, root: NodeJson, constants: Constants): Anchor[] {
  const under = behind(graph, [root.name], node => node === root || !isReduction(node));
  const nodes = [...under].map(ref => graph.nodeOf(ref)).filter(node => node != null);
  const averaged = nodes.filter(isReduction).map(node => graph.inputsOf(node)[0]);
  const tried = [...behind(graph, averaged, () => true)]
    .slice(0, MOST)
    .filter(ref => graph.nodeOf(ref)?.op !== 'Const')
    .map(input => ({input, ...rootOver(graph, root, input, constants)}));
  const of = (isCentered: boolean) =>
    tried.filter(({center}) => center === isCentered).map(({input}) => input);
  // The mean square of a difference from the mean is a variance too.
  const inputs = [...of(true), ...of(false)];
  const reasons = tried.flatMap(({reason}) => (reason == null ? [] : [reason]));
  const [reason] = [...reasons.filter(({isPart}) => !isPart), ...reasons];
  if (inputs.length > 0 || reason != null) return [{root, inputs, reason: reason?.reason ?? null}];
  const product = nodes.find(node => isProductWithItself(graph, node));
  return product == null
    ? []
    : [{root, inputs, reason: `its squares are added up by the op ${product.op}`}];
}

const PRODUCTS = ['Einsum', 'MatMul', 'BatchMatMul', 'BatchMatMulV2'];

function isProductWithItself(graph: Graph, node: NodeJson): boolean {
  const [a, b] = graph.inputsOf(node);
  return PRODUCTS.includes(node.op) && a === b;
}

/** Whether the root is one of a variance of this input, or of a mean square; neither, if it is none. */
function rootOver(
  graph: Graph,
  root: NodeJson,
  input: string,
  constants: Constants,
): {center?: boolean; reason?: Refused} {
  const within = between(graph, root, input);
  if (!within.has(root)) return {};
  const {expression, leaves} = sliceOf(graph, root, input, within, constants);
  const known = new Interpretation(expression, leaves);
  const found = orRefused(() => rootIn(known, known.value(resultOf(expression))));
  if (!(found instanceof Refused)) return {center: found.center};
  return known.hasMeanSquare ? {reason: found} : {};
}

/** The nodes on the ways from the input to the root. */
function between(graph: Graph, root: NodeJson, input: string): ReadonlySet<NodeJson> {
  const found = new Map<NodeJson, boolean>();
  const depends = (ref: string, depth: number): boolean => {
    if (ref === input) return true;
    const node = graph.nodeOf(ref);
    if (node == null || signatureOf(node) == null || depth > 2 * DEEPEST) return false;
    const known = found.get(node);
    if (known != null) return known;
    found.set(node, false);
    const result = graph
      .inputsOf(node)
      .map(each => depends(each, depth + 1))
      .includes(true);
    found.set(node, result);
    return result;
  };
  depends(root.name, 0);
  return new Set([...found].filter(([, result]) => result).map(([node]) => node));
}
