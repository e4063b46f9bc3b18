import type {StepAttrs} from './ops.js';

/** One op of an expression. */
export type Step = {
  /** TensorFlow's name of the op, in lower case. */
  readonly op: string;
  /** Where its inputs are: among the leaves, and behind them the steps. */
  readonly inputs: readonly number[];
  readonly attrs: StepAttrs;
};

/**
 * A piece of a graph: what its last node computes of some tensors, the leaves. The first leaf is the
 * input that is normalized.
 */
export type Expression = {
  readonly leaves: number;
  /** The leaves that are weights: their values never change. */
  readonly constants: readonly number[];
  /** Other leaves whose values say what is to be done: axes and shapes. */
  readonly numbers: readonly number[];
  /** Each after its inputs; the last one is the result. */
  readonly steps: readonly Step[];
};

/** The input that is normalized. */
export const INPUT = 0;

/** The last value. */
export const resultOf = ({leaves, steps}: Expression): number => leaves + steps.length - 1;

/** As an attribute of a node, which tfjs reads in lower case. */
export const toText = ({leaves, constants, numbers, steps}: Expression): string =>
  JSON.stringify([
    ...[leaves, constants, numbers],
    steps.map(({op, inputs, attrs}) => [op, inputs, attrs]),
  ]);

type Text = [number, number[], number[], Array<[string, number[], StepAttrs]>];

export function fromText(text: string): Expression {
  const [leaves, constants, numbers, steps] = JSON.parse(text) as Text;
  return {
    ...{leaves, constants, numbers},
    steps: steps.map(([op, inputs, attrs]) => ({op, inputs, attrs})),
  };
}
