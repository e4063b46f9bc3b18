import {type Expression, INPUT, type Step} from './expression.js';
import {interpretStep} from './interpret_step.js';
import {Refused} from './refusal.js';
import {atRank, broadcast, countedFrom0, isSameShape, reduced, type Shape} from './shapes.js';
import {constantTerm, factorTerm, type Terms} from './terms.js';
import type {Known, Root, Space, Value} from './value.js';

/** The facts about a leaf: nothing but whether it is a constant, when a file is read without its weights. */
export type Leaf = {
  readonly shape: Shape;
  readonly isConstant: boolean;
  /** Null where they are not known. */
  readonly values: () => ArrayLike<number> | null;
};

/**
 * The value of an expression, as sums of products of its leaves and of the statistics of its input. It
 * is found in the same way when a file is read and when the node runs: then all is known, and what
 * a file could only promise is checked.
 */
export class Interpretation implements Known {
  readonly roots: Root[] = [];
  private readonly values = new Map<number, Value>();
  private axesFound: number[] | null | undefined;
  private meansSquare = false;

  constructor(
    private readonly expression: Expression,
    private readonly leaves: readonly Leaf[],
  ) {}

  get shape(): Shape {
    return this.leaves[INPUT].shape;
  }

  /** The axes over which the statistics are taken; null where they are not known. */
  get axes(): number[] | null {
    return this.axesFound ?? null;
  }

  /** The number of elements in a group; null where it is not known. */
  get groupSize(): number | null {
    const {shape, axes} = this;
    if (shape == null || axes == null) return null;
    return axes.reduce((size, axis) => size * shape[axis], 1);
  }

  /** Whether a mean square is among what was computed until now. */
  get hasMeanSquare(): boolean {
    return this.meansSquare;
  }

  /** The value of the leaf or step. */
  value(index: number): Value {
    const known = this.values.get(index);
    if (known != null) return known;
    const value =
      index < this.expression.leaves
        ? this.leafValue(index)
        : interpretStep(this, this.stepAt(index));
    this.values.set(index, value);
    this.meansSquare ||= value.terms.some(({factors}) => factors.includes('q'));
    return value;
  }

  /** The numbers that a leaf or step is: axes or a shape. Null where they are not known. */
  numbers(index: number): number[] | null {
    if (index < this.expression.leaves) {
      const values = this.leaves[index].values();
      return values && Array.from(values);
    }
    const {op, inputs} = this.stepAt(index);
    const given = inputs.map(input => this.numbers(input));
    if (op === 'pack') return given.includes(null) ? null : given.flatMap(numbers => numbers!);
    const [a, b] = given;
    if (op === 'identity' || op === 'expanddims') return a;
    const compute = ON_NUMBERS[op];
    if (compute == null) throw new Refused(`its shapes are computed by ${op}`);
    return a == null || b == null ? null : a.map((n, i) => compute(n, b[b.length === 1 ? 0 : i]));
  }

  /** Takes the axes of a reduction, which must be those of all others. */
  reduce(given: readonly number[] | null): void {
    const axes = given && countedFrom0(given, this.shape);
    const before = this.axesFound;
    if (axes?.length === 0) throw new Refused('its statistics are taken over no axis');
    if (before != null && axes != null && !isSameAxes(before, axes, this.shape != null)) {
      throw new Refused('its mean and its variance are taken over other axes');
    }
    this.axesFound ??= axes;
  }

  /** Whether a value of the groups broadcasts against the input so that each element meets its group's. */
  isAligned({shape}: Value): boolean {
    const {shape: x, axes} = this;
    if (x == null || axes == null || shape == null) return true;
    const aligned = atRank(shape, x.length);
    return aligned != null && isSameShape(aligned, reduced(x, axes, true));
  }

  /** The place and shape of what two values give together, element by element. */
  together(a: Value, b: Value): {space: Space; shape: Shape} {
    const spaces = [a.space, b.space];
    const shape = () => broadcast(a.shape, b.shape);
    if (a.space === 'constant' || b.space === 'constant') {
      return {space: spaces.find(space => space !== 'constant') ?? 'constant', shape: shape()};
    }
    if (a.space === 'group' && b.space === 'group' && isSameShape(a.shape, b.shape)) {
      return {space: 'group', shape: a.shape ?? b.shape};
    }
    if (![a, b].every(value => value.space !== 'group' || this.isAligned(value))) {
      throw new Refused('its statistics meet the elements of other groups');
    }
    if (spaces.includes('outer')) {
      if (spaces.includes('group') || spaces.includes('x')) {
        throw new Refused('it is reshaped in its midst', true);
      }
      return {space: 'outer', shape: shape()};
    }
    return {space: spaces.every(space => space === 'group') ? 'group' : 'x', shape: shape()};
  }

  private stepAt(index: number): Step {
    return this.expression.steps[index - this.expression.leaves];
  }

  private leafValue(index: number): Value {
    const {shape, isConstant, values} = this.leaves[index];
    if (index === INPUT) return terms(factorTerm('x'), 'x', shape);
    const uniform = isConstant ? uniformOf(shape, values) : undefined;
    return uniform === undefined
      ? terms(factorTerm(`p${index}`), 'param', shape)
      : terms(constantTerm(uniform), 'constant', shape);
  }
}

const terms = (sum: Terms, space: Space, shape: Shape): Value => ({
  kind: 'terms',
  terms: sum,
  space,
  shape,
});

/** The number that a constant is, null if that is not known yet, and undefined for several ones. */
function uniformOf(shape: Shape, values: Leaf['values']): number | null | undefined {
  return shape?.every(size => size === 1) === true ? (values()?.[0] ?? null) : undefined;
}

const ON_NUMBERS: Readonly<Record<string, (a: number, b: number) => number>> = {
  mul: (a, b) => a * b,
  add: (a, b) => a + b,
  addv2: (a, b) => a + b,
  sub: (a, b) => a - b,
  floordiv: (a, b) => Math.floor(a / b),
};

/** While the rank is not known, axes counted from the end may be any. */
function isSameAxes(a: readonly number[], b: readonly number[], areCounted: boolean): boolean {
  if (a.length !== b.length) return false;
  const areComparable = areCounted || [...a, ...b].every(axis => axis >= 0);
  return !areComparable || a.every((axis, i) => axis === b[i]);
}
