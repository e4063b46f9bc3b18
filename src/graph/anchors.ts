/** Where in a graph a normalization may be: its root, and the input that it seems to have. */
import type {Graph} from './graph.js';
import {isBatchNorm, isTraining, type NodeJson} from './topology.js';

export type Anchor = {readonly root: NodeJson; readonly input: string};

/** How far a root may be from the average under it. */
const DEEPEST = 8;

/** What may lie between a root and the average that it is the root of. */
const BETWEEN = ['Add', 'AddV2', 'Maximum', 'Mul', 'RealDiv', 'Div', 'DivNoNan', 'Sub'];
const ALIASES = [
  'Identity',
  'Reshape',
  'Squeeze',
  'ExpandDims',
  'BroadcastTo',
  'Cast',
  'StopGradient',
];

const isReduction = ({op}: NodeJson): boolean => op === 'Mean' || op === 'Sum';

/** Whatever may be the root of a normalization. */
export function anchorsIn(graph: Graph): Anchor[] {
  return [...graph.nodes.values()].flatMap(root => {
    const input = inputOf(graph, root);
    return input == null ? [] : [{root, input}];
  });
}

function inputOf(graph: Graph, root: NodeJson): string | null {
  const inputs = graph.inputsOf(root);
  if (isBatchNorm(root)) return isTraining(root) ? inputs[0] : null;
  if (root.op === 'EuclideanNorm') return inputs[0];
  if (!['Rsqrt', 'Sqrt', 'Pow'].includes(root.op)) return null;
  let level = [inputs[0]];
  for (let depth = 0; depth < DEEPEST && level.length > 0; depth++) {
    const nodes = level.map(ref => graph.nodeOf(ref)).filter(node => node != null);
    for (const node of nodes) {
      const found = isReduction(node) ? inputOfSquare(graph, graph.inputsOf(node)[0]) : null;
      if (found != null) return found;
    }
    level = nodes.flatMap(node => {
      if (BETWEEN.includes(node.op)) return graph.inputsOf(node);
      return ALIASES.includes(node.op) ? graph.inputsOf(node).slice(0, 1) : [];
    });
  }
  return null;
}

/** The input of which this is the square, or the square of its distance from its mean. */
function inputOfSquare(graph: Graph, ref: string): string | null {
  const node = graph.nodeOf(ref);
  if (node == null) return null;
  const [a, b] = graph.inputsOf(node);
  if (ALIASES.includes(node.op)) return inputOfSquare(graph, a);
  if (node.op === 'SquaredDifference') {
    if (isMeanOf(graph, b, a)) return a;
    return isMeanOf(graph, a, b) ? b : null;
  }
  if (node.op === 'Mul' && !isSameValue(graph, a, b)) {
    // Times a weight.
    return inputOfSquare(graph, a) ?? inputOfSquare(graph, b);
  }
  return ['Square', 'Pow', 'Mul'].includes(node.op) ? (inputOfDifference(graph, a) ?? a) : null;
}

/** Whether two tensors are one, or written alike from the same ones. */
function isSameValue(graph: Graph, a: string, b: string): boolean {
  if (a === b) return true;
  const [p, q] = [graph.nodeOf(a), graph.nodeOf(b)];
  return p?.op === 'Sub' && q?.op === 'Sub' && graph.inputsOf(p)[0] === graph.inputsOf(q)[0];
}

function inputOfDifference(graph: Graph, ref: string): string | null {
  const node = graph.nodeOf(ref);
  if (node == null || !['Sub', 'Add', 'AddV2'].includes(node.op)) return null;
  const [a, b] = graph.inputsOf(node);
  if (isMeanOf(graph, b, a)) return a;
  return isMeanOf(graph, a, b) ? b : null;
}

function isMeanOf(graph: Graph, ref: string, x: string, depth = 0): boolean {
  const node = graph.nodeOf(ref);
  if (node == null || depth === DEEPEST) return false;
  const inputs = graph.inputsOf(node);
  if (isReduction(node)) {
    const averaged = graph.nodeOf(inputs[0]);
    const isWeighted = averaged?.op === 'Mul' && graph.inputsOf(averaged).includes(x);
    return inputs[0] === x || isWeighted;
  }
  if (['Mul', 'RealDiv', 'Div', 'DivNoNan'].includes(node.op)) {
    return inputs.some(input => isMeanOf(graph, input, x, depth + 1));
  }
  const isAlias = node.op === 'Neg' || ALIASES.includes(node.op);
  return isAlias && isMeanOf(graph, inputs[0], x, depth + 1);
}
