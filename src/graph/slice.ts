/** Pieces of a graph, cut out as expressions. */
import {type Expression, INPUT, type Step} from './expression.js';
import type {Graph} from './graph.js';
import type {Leaf} from './interpretation.js';
import {isOnNumbers, signatureOf} from './ops.js';
import {type Constants, isUniform} from './constants.js';
import {constantShape, isBatchNorm, type NodeJson} from './topology.js';

export type Slice = {
  readonly expression: Expression;
  /** The tensors that the leaves are. */
  readonly refs: readonly string[];
  readonly leaves: readonly Leaf[];
  /** The nodes that the steps are. */
  readonly nodes: readonly NodeJson[];
};

/** Whether all elements are 1, or 0. */
function isLike(graph: Graph, node: NodeJson): boolean {
  if (node.op !== 'Reshape') return node.op === 'OnesLike' || node.op === 'ZerosLike';
  const like = graph.nodeOf(graph.inputsOf(node)[0]);
  return like != null && isLike(graph, like);
}

/** How many ops of a shape's numbers are taken into an expression. */
const DEEPEST = 4;

/**
 * The expression that `end` computes of `input`.
 *
 * @param within The nodes that may depend on the input; all others are leaves.
 */
export const sliceOf = (
  graph: Graph,
  end: NodeJson,
  input: string,
  within: ReadonlySet<NodeJson>,
  constants: Constants,
): Slice => new Slicer(graph, input, within, constants).slice(end);

/** Where a value will be, once all leaves are counted. */
type Place = () => number;

class Slicer {
  private readonly refs: string[];
  private readonly numbers = new Set<number>();
  private readonly drafts: Array<Omit<Step, 'inputs'> & {inputs: Place[]}> = [];
  private readonly places = new Map<NodeJson, Place>();

  constructor(
    private readonly graph: Graph,
    private readonly input: string,
    private readonly within: ReadonlySet<NodeJson>,
    private readonly constants: Constants,
  ) {
    this.refs = [input];
  }

  slice(end: NodeJson): Slice {
    this.data(end.name, null);
    const {graph, refs, numbers, drafts, constants} = this;
    const nodes = refs.map(ref => graph.nodeOf(ref));
    const isConstant = nodes.map(node => node?.op === 'Const');
    return {
      refs,
      // In the order of the steps.
      nodes: [...this.places.keys()],
      leaves: refs.map((ref, i) => ({
        shape: isConstant[i] ? constantShape(nodes[i]!) : null,
        isConstant: isConstant[i],
        values: () => (isConstant[i] ? (constants.get(ref) ?? null) : null),
      })),
      expression: {
        leaves: refs.length,
        constants: refs.flatMap((_, i) => (i !== INPUT && isConstant[i] ? [i] : [])),
        numbers: [...numbers].filter(i => i !== INPUT),
        steps: drafts.map(draft => ({...draft, inputs: draft.inputs.map(at => at())})),
      },
    };
  }

  private data(ref: string, user: NodeJson | null): Place {
    const {graph} = this;
    const node = ref === this.input ? undefined : graph.nodeOf(ref);
    const signature = node && signatureOf(node);
    if (node?.op === 'Const') return this.constant(node);
    if (node == null || signature == null) return this.leaf(ref);
    // A batch norm knows of what shape it is filled.
    const isUniform = node.op === 'Fill' ? user != null && isBatchNorm(user) : isLike(graph, node);
    if (!isUniform && (!this.within.has(node) || node.op === 'Fill')) return this.leaf(ref);
    return this.step(node, () => {
      const given = graph.inputsOf(node).slice(signature.from ?? 0);
      return {
        op: node.op.toLowerCase(),
        attrs: signature.attrs?.(node.attr ?? {}) ?? {},
        inputs: signature.inputs.map((type, i) =>
          type === 'data' ? this.data(given[i], node) : this.number(given[i], 0),
        ),
      };
    });
  }

  /** A list of one number many times is told as that number, since the node would multiply by each. */
  private constant(node: NodeJson): Place {
    const values = this.constants.get(node.name);
    if (values == null || values.length < 2 || !isUniform(values)) return this.leaf(node.name);
    const attrs = {value: values[0], shape: constantShape(node)!};
    return this.step(node, () => ({op: 'uniform', attrs, inputs: []}));
  }

  private number(ref: string, depth: number): Place {
    const node = this.graph.nodeOf(ref);
    if (node == null || depth === DEEPEST || !isOnNumbers(node.op)) {
      const leaf = this.leaf(ref);
      if (node?.op !== 'Const') this.numbers.add(leaf());
      return leaf;
    }
    return this.step(node, () => ({
      op: node.op.toLowerCase(),
      attrs: {},
      inputs: this.graph.inputsOf(node).map(input => this.number(input, depth + 1)),
    }));
  }

  private leaf(ref: string): Place {
    const at = this.refs.indexOf(ref);
    const place = at < 0 ? this.refs.push(ref) - 1 : at;
    return () => place;
  }

  /** Each node is one step, after its inputs. */
  private step(node: NodeJson, draft: () => Slicer['drafts'][number]): Place {
    const known = this.places.get(node);
    if (known != null) return known;
    const at = this.drafts.push(draft()) - 1;
    const place = () => this.refs.length + at;
    this.places.set(node, place);
    return place;
  }
}
