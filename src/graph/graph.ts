import {hasOneOutput} from './ops.js';
import {batchNormOutput, isBatchNorm, isControl, nodeName, type NodeJson} from './topology.js';

/** The nodes of a model, or of a function's body, with who uses whom. */
export class Graph {
  readonly nodes: ReadonlyMap<string, NodeJson>;
  private readonly users = new Map<string, NodeJson[]>();

  /** @param outputs The names of the nodes that others than nodes use. */
  constructor(
    nodes: readonly NodeJson[],
    readonly outputs: ReadonlySet<string>,
  ) {
    this.nodes = new Map(nodes.map(node => [node.name, node]));
    for (const node of nodes) {
      for (const name of new Set((node.input ?? []).map(nodeName))) {
        const users = this.users.get(name);
        if (users == null) this.users.set(name, [node]);
        else users.push(node);
      }
    }
  }

  /** The nodes that use any output of this one, each once. */
  usersOf = (name: string): readonly NodeJson[] => this.users.get(name) ?? [];

  /** The node whose first output this is. */
  nodeOf(ref: string): NodeJson | undefined {
    return ref.includes(':') ? undefined : this.nodes.get(ref);
  }

  /**
   * The tensors that a node takes, each by one name alone: `a` for the first output of the node `a`,
   * which inputs call `a:0`, and in function bodies `a:z:0`.
   */
  inputsOf(node: NodeJson): string[] {
    return (node.input ?? []).filter(input => !isControl(input)).map(input => this.refOf(input));
  }

  refOf(input: string): string {
    const [name, output, index] = input.split(':');
    const node = this.nodes.get(name);
    if (output == null || (index == null && output === '0')) return name;
    if (index == null || node == null) return input;
    if (isBatchNorm(node)) {
      const number = batchNormOutput(output);
      return number === 0 ? name : `${name}:${number}`;
    }
    return hasOneOutput(node.op) && index === '0' ? name : input;
  }

  /** Whether any output but the first is used. */
  usesOtherOutputs(name: string): boolean {
    return this.usersOf(name).some(user =>
      this.inputsOf(user).some(ref => ref.startsWith(`${name}:`)),
    );
  }
}
