/** Normalizations written in one of many ways, chosen by a seed: whatever comes of it is a normalization. */
import {GraphBuilder} from './graph_builder.js';
import type {Random} from './random.js';

type Layout = {
  shape: number[];
  axes: number[];
  /** How the input is reshaped before, and back behind. */
  grouped?: number[];
};

const LAYOUTS: Layout[] = [
  {shape: [6, 8], axes: [1]},
  {shape: [6, 8], axes: [0]},
  {shape: [8], axes: [0]},
  {shape: [2, 3, 8], axes: [2]},
  {shape: [2, 3, 8], axes: [1, 2]},
  {shape: [2, 3, 1], axes: [1]},
  {shape: [2, 8, 8], axes: [1]},
  {shape: [8, 8, 8], axes: [2]},
  {shape: [2, 4, 5, 8], axes: [1, 2]},
  {shape: [2, 4, 5, 8], axes: [3]},
  {shape: [2, 4, 5, 8], axes: [0, 1, 2]},
  {shape: [2, 4, 5, 8], axes: [1, 3]},
  {shape: [2, 8, 4, 5], axes: [2, 3]},
  {shape: [2, 4, 5, 8], axes: [1, 2, 4], grouped: [2, 4, 5, 2, 4]},
  {shape: [2, 8, 4, 5], axes: [2, 3, 4], grouped: [2, 2, 4, 4, 5]},
  {shape: [2, 8, 4, 5], axes: [2], grouped: [2, 2, 80]},
];

export type Spelling = {graph: GraphBuilder; output: string; words: string[]};

/** One of the ways, by its name, which the spelling keeps. */
type Pick = <T>(ways: Record<string, () => T>) => T;

export function spellingOf(random: Random): Spelling {
  const words: string[] = [];
  const pick: Pick = ways => {
    const word = random.one(Object.keys(ways));
    words.push(word);
    return ways[word]();
  };
  const {shape, axes, grouped = shape} = random.one(LAYOUTS);
  words.push(`[${shape.join()}] over ${axes.join()}`);
  const writer = new Writer(pick, random, grouped, axes);
  const {graph} = writer;
  const numbers = (size: number) => Array.from({length: size}, () => 4 * random.next() - 1);
  const given = graph.input(shape, numbers(sizeOf(shape)));
  const x = grouped === shape ? given : graph.op('Reshape', [given, graph.integers(grouped)]);
  const y = writer.norm(x);
  const output = grouped === shape ? y : graph.op('Reshape', [y, graph.integers(shape)]);
  return {graph, output, words};
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

class Writer {
  readonly graph = new GraphBuilder();
  private readonly count: number;
  private readonly kept: number[];

  constructor(
    private readonly pick: Pick,
    private readonly random: Random,
    private readonly shape: number[],
    private readonly axes: number[],
  ) {
    this.count = axes.reduce((size, axis) => size * shape[axis], 1);
    this.kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  }

  norm(x: string): string {
    return this.pick({
      centered: () => this.centered(x),
      'mean square': () => this.uncentered(x),
    });
  }

  private centered(x: string): string {
    const {graph} = this;
    const mean = this.average(x);
    // Some write the difference anew wherever they need it.
    const shared = this.difference(x, mean);
    const d = () => (this.random.next() < 0.8 ? shared : this.difference(x, mean));
    const variance = this.plain(
      this.pick({
        SquaredDifference: () => this.average(graph.op('SquaredDifference', [x, mean])),
        'SquaredDifference from the mean': () =>
          this.average(graph.op('SquaredDifference', [mean, x])),
        'squared difference': () => this.average(this.square(d(), d())),
        'mean square - squared mean': () =>
          this.sub(this.average(this.square(x, x)), this.square(mean, mean)),
        'mean square - squared mean, from 0': () =>
          this.commuted(
            'Maximum',
            graph.number(0),
            this.sub(this.average(this.square(x, x)), this.square(mean, mean)),
          ),
      }),
    );
    const gamma = this.param(1);
    const beta = this.param(0);
    const isDivided = this.random.next() < 0.3;
    if (isDivided) {
      const divisor = this.divisor(this.added(variance));
      return this.plus(this.timesGamma(this.divided(d(), divisor), gamma), beta);
    }
    const r = this.root(this.added(variance));
    return this.pick({
      '((x - m) * r) * g + b': () =>
        this.plus(this.timesGamma(this.commuted('Mul', d(), r), gamma), beta),
      '((x - m) * r + b) * g': () =>
        this.timesGamma(this.plus(this.commuted('Mul', d(), r), beta), gamma),
      '(x - m) * (r * g) + b': () =>
        this.plus(this.commuted('Mul', d(), this.timesGamma(r, gamma)), beta),
      'x * k + (b - m * k)': () => {
        const k = this.timesGamma(r, gamma);
        const moved = this.commuted('Mul', mean, k);
        const xk = this.commuted('Mul', x, k);
        if (beta == null) return this.sub(xk, moved);
        return this.pick({
          'xk + (b - mk)': () => this.add(xk, this.sub(beta, moved)),
          'xk - (mk - b)': () => this.sub(xk, this.sub(moved, beta)),
          '(xk - mk) + b': () => this.add(this.sub(xk, moved), beta),
          '(xk + b) - mk': () => this.sub(this.add(xk, beta), moved),
        });
      },
      'two affines of one mean and root': () => {
        const each = [gamma, this.param(1)].map(given => {
          const k = this.timesGamma(r, given);
          const y = this.sub(this.commuted('Mul', x, k), this.commuted('Mul', mean, k));
          return this.plus(y, beta);
        });
        return graph.op('Maximum', each);
      },
      '(x * g - m * g) * r + b': () => {
        const each = [x, mean].map(value => this.timesGamma(value, gamma));
        return this.plus(this.commuted('Mul', this.sub(each[0], each[1]), r), beta);
      },
      'x * r - m * r': () => {
        const y = this.sub(this.commuted('Mul', x, r), this.commuted('Mul', mean, r));
        return this.plus(this.timesGamma(y, gamma), beta);
      },
    });
  }

  private uncentered(x: string): string {
    const {graph} = this;
    const square = this.square(x, x);
    const spread = this.plain(
      this.pick({
        average: () => this.added(this.average(square)),
        sum: () => this.added(this.reduced('Sum', square)),
        'sum with a floor': () =>
          this.commuted('Maximum', this.reduced('Sum', square), graph.number(1e-6)),
      }),
    );
    const gamma = this.param(1);
    return this.pick({
      'x * r * g': () => this.timesGamma(this.commuted('Mul', x, this.root(spread)), gamma),
      'x * (r * g)': () => this.commuted('Mul', x, this.timesGamma(this.root(spread), gamma)),
      '(x * g) * r': () => this.commuted('Mul', this.timesGamma(x, gamma), this.root(spread)),
      'x / d': () => this.timesGamma(this.divided(x, this.divisor(spread)), gamma),
      'x / max(d, floor)': () => {
        const plain = this.reduced('Sum', square);
        const floor = graph.number(1e-3);
        const divisor = this.commuted('Maximum', this.divisor(plain), floor);
        return this.timesGamma(this.divided(x, divisor), gamma);
      },
    });
  }

  private add = (a: string, b: string): string =>
    this.pick({
      AddV2: () => this.commuted('AddV2', a, b),
      Add: () => this.commuted('Add', a, b),
    });

  private sub = (a: string, b: string): string =>
    this.pick({
      Sub: () => this.graph.op('Sub', [a, b]),
      'Add of Neg': () => this.commuted('AddV2', a, this.graph.op('Neg', [b])),
      'Neg of Sub': () => this.graph.op('Neg', [this.graph.op('Sub', [b, a])]),
    });

  private plus(value: string, beta: string | null): string {
    return beta == null ? value : this.add(value, beta);
  }

  private timesGamma(value: string, gamma: string | null): string {
    return gamma == null ? value : this.commuted('Mul', value, gamma);
  }

  private divided = (a: string, b: string): string =>
    this.graph.op(this.random.one(['RealDiv', 'Div']), [a, b]);

  private commuted(op: string, a: string, b: string): string {
    return this.plain(this.graph.op(op, this.random.next() < 0.5 ? [a, b] : [b, a]));
  }

  private difference = (x: string, mean: string): string => this.plain(this.sub(x, mean));

  private square = (a: string, b: string): string =>
    this.pick({
      Square: () => this.graph.op('Square', [a]),
      Mul: () => this.graph.op('Mul', [a, b]),
      Pow: () => this.graph.op('Pow', [a, this.graph.number(2)]),
    });

  private added(spread: string): string {
    const epsilon = this.random.one([1e-5, 1e-3, 0.1]);
    return this.pick({
      'plus epsilon': () => this.add(spread, this.graph.number(epsilon)),
      'minus -epsilon': () => this.graph.op('Sub', [spread, this.graph.number(-epsilon)]),
    });
  }

  /** The root of a value. */
  private divisor = (value: string): string =>
    this.pick({
      Sqrt: () => this.graph.op('Sqrt', [value]),
      'Pow 0.5': () => this.graph.op('Pow', [value, this.graph.number(0.5)]),
      'reciprocal of Rsqrt': () => this.reciprocal(this.graph.op('Rsqrt', [value])),
    });

  /** The reciprocal root of a value. */
  private root(value: string): string {
    const {graph} = this;
    return this.plain(
      this.pick({
        Rsqrt: () => graph.op('Rsqrt', [value]),
        'Pow -0.5': () => graph.op('Pow', [value, graph.number(-0.5)]),
        'reciprocal of the root': () => this.reciprocal(this.divisor(value)),
        'root of the reciprocal': () => this.divisor(this.reciprocal(value)),
      }),
    );
  }

  private reciprocal = (value: string): string =>
    this.pick({
      Reciprocal: () => this.graph.op('Reciprocal', [value]),
      'Pow -1': () => this.graph.op('Pow', [value, this.graph.number(-1)]),
      '1 / x': () => this.divided(this.graph.number(1), value),
    });

  private average = (value: string): string =>
    this.pick({
      Mean: () => this.reduced('Mean', value),
      'Sum / n': () => this.divided(this.reduced('Sum', value), this.graph.number(this.count)),
      'Sum * 1/n': () =>
        this.commuted('Mul', this.reduced('Sum', value), this.graph.number(1 / this.count)),
      'Sum of x/n': () =>
        this.reduced('Sum', this.commuted('Mul', value, this.graph.number(1 / this.count))),
    });

  private reduced(op: string, value: string): string {
    const {graph, axes, shape} = this;
    const rank = shape.length;
    const given = this.pick({
      'axes from 0': () => axes,
      'axes from the end': () => axes.map(axis => axis - rank),
      'axes reversed': () => [...axes].reverse(),
      'axes mixed': () => axes.map((axis, i) => (i % 2 === 0 ? axis : axis - rank)).reverse(),
    });
    const at =
      given.length === 1 && this.random.next() < 0.3
        ? graph.integer(given[0])
        : graph.integers(given);
    const keepdims = this.random.next() < 0.6;
    const result = graph.op(op, [value, at], {keep_dims: {b: keepdims}});
    return this.plain(keepdims ? result : this.kept1(result));
  }

  /** The reduced axes, put back with size 1. */
  private kept1(value: string): string {
    const {graph, axes, shape, kept} = this;
    const target = graph.integers(kept);
    return this.pick({
      Reshape: () => graph.op('Reshape', [value, target]),
      'Reshape with -1': () => {
        const at = kept.findIndex(size => size > 1);
        const sizes = kept.map((size, axis) => (axis === at ? -1 : size));
        return graph.op('Reshape', [value, graph.integers(sizes)]);
      },
      ExpandDims: () => {
        const sorted = [...axes].sort((a, b) => a - b);
        return sorted.reduce((t, axis) => graph.op('ExpandDims', [t, graph.integer(axis)]), value);
      },
      'new axes': () => {
        const mask = axes.reduce((bits, axis) => bits | (1 << axis), 0);
        const all = shape.reduce((bits, _, axis) => bits | (1 << axis), 0) & ~mask;
        const [begin, end, strides] = [0, 0, 1].map(n => graph.integers(shape.map(() => n)));
        return graph.op('StridedSlice', [value, begin, end, strides], {
          begin_mask: {i: String(all)},
          end_mask: {i: String(all)},
          ellipsis_mask: {i: '0'},
          new_axis_mask: {i: String(mask)},
          shrink_axis_mask: {i: '0'},
        });
      },
    });
  }

  /** A parameter in some shape, or none: a constant, an input, or a sum of the two; alike, `usual` or not. */
  private param(usual: number): string | null {
    const {graph, shape, random} = this;
    const sizes = random.one([
      shape,
      shape.slice(-1),
      shape.map((size, axis) => (axis === 1 || axis === shape.length - 1 ? size : 1)),
      shape.map((size, axis) => (axis === 0 ? size : 1)),
      shape.map((size, axis) => (axis === 1 ? size : 1)),
      this.kept,
      shape.map(() => 1),
      [],
    ]);
    const values = () => Array.from({length: sizeOf(sizes)}, () => 2 * random.next() + 0.1);
    return this.pick({
      'no param': () => null,
      'constant param': () => graph.floats(values(), sizes),
      'uniform param': () => {
        const value = random.one([usual, 0.5]);
        return graph.floats(Array<number>(sizeOf(sizes)).fill(value), sizes);
      },
      'param from outside': () => graph.input(sizes, values()),
      'param plus 1': () => graph.op('AddV2', [graph.number(1), graph.input(sizes, values())]),
    });
  }

  /** The value, with or without something that does nothing behind it. */
  private plain(value: string): string {
    const {graph, random} = this;
    if (random.next() < 0.9) return value;
    return this.pick({
      Identity: () => graph.op('Identity', [value]),
      StopGradient: () => graph.op('StopGradient', [value]),
      'half floats': () => {
        const [float, half] = [{type: 'DT_FLOAT'}, {type: 'DT_HALF'}];
        const narrow = graph.op('Cast', [value], {SrcT: float, DstT: half});
        return graph.op('Cast', [narrow], {SrcT: half, DstT: float});
      },
      'times 1': () => graph.op('Mul', [value, graph.number(1)]),
    });
  }
}
