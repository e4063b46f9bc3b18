import type {Graph} from './graph.js';
import type {Interpretation} from './interpretation.js';
import type {Norm} from './norm.js';
import type {Slice} from './slice.js';
import {isBatchNorm} from './topology.js';

/** The names that people have for a normalization. */
export type NormKind = 'batch' | 'layer' | 'instance' | 'group' | 'rms' | 'l2';

/**
 * The name of a normalization, as far as a file says which axes its statistics are taken over: their number
 * is always there, and which ones, where the weights are.
 */
export function kindOf(
  graph: Graph,
  {refs, expression, leaves, nodes}: Slice,
  {root, isOuter}: Norm,
  {axes}: Interpretation,
): NormKind {
  if (!root.center) return (root.floor ?? root.rootFloor ?? isNorm(nodes)) ? 'l2' : 'rms';
  const isReshaped = graph.nodeOf(refs[0])?.op === 'Reshape';
  if (nodes.some(isBatchNorm)) return isReshaped ? 'layer' : 'batch';
  if (axes?.includes(0) === true) return 'batch';
  const reduction = expression.steps.find(({op}) => op === 'mean' || op === 'sum');
  const count = axes?.length ?? leaves[reduction?.inputs[1] ?? 0].shape?.[0] ?? 1;
  // The groups stand between the axes of a map and the channels of each.
  const hasGap = axes?.some((axis, i) => i > 0 && axis > axes[i - 1] + 1) === true;
  if (isReshaped && (count > 2 || isOuter || hasGap)) return 'group';
  if (count === 1) return 'layer';
  return count === 2 ? 'instance' : 'batch';
}

/** Whether squares are added up and not averaged. */
function isNorm(nodes: Slice['nodes']): boolean {
  const ops = nodes.map(({op}) => op);
  const at = ops.indexOf('Sum');
  // A sum is an average where it is multiplied before the root.
  const isScaled = at >= 0 && ['Mul', 'RealDiv', 'Div'].includes(ops[at + 1]);
  return ops.includes('EuclideanNorm') || (at >= 0 && !isScaled);
}
