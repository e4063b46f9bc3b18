import type * as tf from '@tensorflow/tfjs';

type NodeJson = {name: string; op: string; input?: string[]};

const nameOf = (input: string) => input.replace('^', '').split(':')[0];

/** The nodes that a model gives out: those of its signature, or else those that nobody uses. */
export function outputsOf({modelTopology, signature}: tf.io.ModelArtifacts): string[] {
  const {outputs} = (signature ?? {}) as {outputs?: Record<string, {name: string}>};
  if (outputs != null) return Object.values(outputs).map(({name}) => nameOf(name));
  const {node: nodes} = modelTopology as {node: NodeJson[]};
  const used = new Set(nodes.flatMap(({input = []}) => input.map(nameOf)));
  return nodes.map(({name}) => name).filter(name => !used.has(name));
}

/** How many nodes run for these outputs: those that they need, but for constants. */
export function executedNodes({modelTopology}: tf.io.ModelArtifacts, outputs: string[]): number {
  const {node: nodes} = modelTopology as {node: NodeJson[]};
  const byName = new Map(nodes.map(node => [node.name, node]));
  const needed = new Set(outputs);
  for (const name of needed) {
    for (const input of byName.get(name)?.input ?? []) needed.add(nameOf(input));
  }
  return [...needed].filter(name => byName.get(name)?.op !== 'Const').length;
}
