/** Nodes of ours in the place of those that compute a normalization. */
import type {Constants} from './constants.js';
import {toText} from './expression.js';
import {findNorms, type Found} from './find.js';
import {Graph} from './graph.js';
import {BATCH_NORM, NORMALIZATION} from './op_names.js';
import type {GraphReport} from './report.js';
import {
  type FunctionJson,
  isBatchNorm,
  isControl,
  nodeName,
  type NodeJson,
  type TopologyJson,
} from './topology.js';

/**
 * The topology with one node for each normalization, in function bodies too.
 *
 * @param outputs The nodes that the signature names; empty without one. Then each node that nobody uses is an
 *     output to tfjs, so that those which were replaced are left out.
 */
export function rewriteTopology(
  topology: TopologyJson,
  outputs: ReadonlySet<string>,
  constants: Constants,
): {topology: TopologyJson; report: GraphReport} {
  const {node: nodes, library} = topology;
  const kept = outputs.size > 0 ? outputs : unusedIn(nodes);
  const main = rewriteNodes(nodes, kept, constants);
  const bodies = (library?.function ?? []).map(body => rewriteBody(body, constants));
  const reports = [main.report, ...bodies.map(({report}) => report)];
  return {
    topology: {
      ...topology,
      node: outputs.size > 0 ? main.nodes : onlyNeeded(kept, main.nodes),
      ...(library == null ? {} : {library: {...library, function: bodies.map(({body}) => body)}}),
    },
    report: {
      fused: reports.flatMap(({fused}) => fused),
      refused: reports.flatMap(({refused}) => refused),
    },
  };
}

function rewriteBody(
  body: FunctionJson,
  constants: Constants,
): {body: FunctionJson; report: GraphReport} {
  const {nodeDef = [], ret = {}} = body;
  const outputs = new Set(Object.values(ret).map(nodeName));
  const {graph, nodes, report} = rewriteNodes(nodeDef, outputs, constants);
  // tfjs does not know a batch norm's outputs by name.
  const named = Object.entries(ret).map(([key, ref]) => [key, batchNormRef(graph, ref)]);
  const inputs = nodes.map(node => {
    const input = node.input?.map(ref => batchNormRef(graph, ref));
    return {...node, ...(input == null ? {} : {input})};
  });
  const rewritten = {...body, nodeDef: inputs, ret: Object.fromEntries(named) as typeof ret};
  return {body: rewritten, report};
}

function batchNormRef(graph: Graph, ref: string): string {
  const node = graph.nodes.get(nodeName(ref));
  return !isControl(ref) && node != null && isBatchNorm(node) ? graph.refOf(ref) : ref;
}

function rewriteNodes(
  nodes: readonly NodeJson[],
  outputs: ReadonlySet<string>,
  constants: Constants,
): {graph: Graph; nodes: NodeJson[]; report: GraphReport} {
  const needed = neededFor(outputs, nodes);
  const graph = new Graph(
    nodes.filter(({name}) => needed.has(name)),
    outputs,
  );
  const {found, refused} = findNorms(graph, constants);
  const ours = new Map(found.map(one => [one.end, nodeOf(graph, one)]));
  return {
    graph,
    nodes: nodes.map(node => ours.get(node) ?? node),
    report: {
      fused: found.map(({kind, end, replaced}) => ({
        ...{kind, node: end.name},
        replaces: replaced.length,
      })),
      refused: refused.map(({root, reason}) => ({node: root.name, reason})),
    },
  };
}

/** The node that computes a normalization. It has the name of the one that its result had. */
function nodeOf(graph: Graph, {end, slice, replaced}: Found): NodeJson {
  const isAlone = slice.expression.steps.length === 0;
  if (isBatchNorm(end) && (isAlone || graph.usesOtherOutputs(end.name))) {
    return {...end, op: BATCH_NORM};
  }
  const controls = replaced.flatMap(({input = []}) => input.filter(isControl));
  return {
    name: end.name,
    op: NORMALIZATION,
    input: [...slice.refs, ...new Set(controls)],
    attr: {expression: {s: btoa(toText(slice.expression))}},
  };
}

const usedIn = (nodes: readonly NodeJson[]): Set<string> =>
  new Set(nodes.flatMap(({input = []}) => input.map(nodeName)));

function unusedIn(nodes: readonly NodeJson[]): ReadonlySet<string> {
  const used = usedIn(nodes);
  return new Set(nodes.map(({name}) => name).filter(name => !used.has(name)));
}

/** The names of the nodes that these outputs need. */
function neededFor(outputs: ReadonlySet<string>, nodes: readonly NodeJson[]): ReadonlySet<string> {
  const byName = new Map(nodes.map(node => [node.name, node]));
  const needed = new Set(outputs);
  for (const name of needed) {
    for (const input of byName.get(name)?.input ?? []) needed.add(nodeName(input));
  }
  return needed;
}

/** Without what was replaced. An input of the model stays one. */
function onlyNeeded(outputs: ReadonlySet<string>, nodes: readonly NodeJson[]): NodeJson[] {
  const needed = neededFor(outputs, nodes);
  return nodes.filter(({name, op}) => needed.has(name) || op.startsWith('Placeholder'));
}
