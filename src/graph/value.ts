import type {Shape} from './shapes.js';
import type {Coefficient, Terms} from './terms.js';

/**
 * Where the elements of a value are:
 *
 *     constant  it is one number
 *     group     it has one element for each group, in the order of the groups, in whatever shape
 *     param     it is a leaf
 *     x         it broadcasts against the input
 *     outer     it is the normalized input, reshaped, with what has been done to it since
 */
export type Space = 'constant' | 'group' | 'param' | 'x' | 'outer';

export type Value = {
  /**
   *     terms    the sum of the terms
   *     floor    what is larger: the sum of the terms, or `floor`
   *     inverse  the reciprocal of such a sum, or of what is larger, where there is a `floor`
   *     divisor  what the reciprocal root `root` is the reciprocal of
   */
  readonly kind: 'terms' | 'floor' | 'inverse' | 'divisor';
  readonly terms: Terms;
  readonly shape: Shape;
  readonly space: Space;
  /** In the place `outer`, the shape that the normalized input was given. */
  readonly outer?: Shape;
  readonly floor?: Coefficient;
  readonly root?: number;
};

/** A reciprocal root: `1 / sqrt(max(scale * spread + epsilon, floor))`. */
export type Root = {
  /** Whether the spread is the variance; else it is the mean square. */
  readonly center: boolean;
  readonly scale: Coefficient;
  readonly epsilon: Coefficient;
  /** Null where there is none; `value` is null where it is not known. */
  readonly floor: {readonly value: Coefficient} | null;
  /** A floor of the root itself, alike. */
  readonly rootFloor: {readonly value: Coefficient} | null;
  /** Whether what it multiplies becomes 0 where the root is 0. */
  readonly zeroAtZero: boolean;
};

/** The known facts about the expression around a step. */
export type Known = {
  readonly roots: Root[];
  /** The shape of the input. */
  readonly shape: Shape;
  /** The axes over which the statistics are taken; null where they are not known. */
  readonly axes: number[] | null;
  /** The number of elements in a group; null where it is not known. */
  readonly groupSize: number | null;
  /** The value of the leaf or step. */
  value(index: number): Value;
  /** The numbers that a leaf or step is: axes or a shape. Null where they are not known. */
  numbers(index: number): number[] | null;
  /** Takes the axes of a reduction, which must be those of all others. */
  reduce(axes: readonly number[] | null): void;
  /** The place and shape of what two values give together, element by element. */
  together(a: Value, b: Value): {space: Space; shape: Shape};
};
