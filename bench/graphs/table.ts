import type {Figure} from './measure.js';
import type {NodeFigure} from './nodes.js';

export const tableOf = (figures: Figure[]): string[] => [
  '| model | backend | nodes | kernels | tfjs, ms | `fuseNormalizations`, ms | | difference | rewriting, ms |',
  '|---|---|--:|--:|--:|--:|--:|--:|--:|',
  ...figures.map(lineOf),
  '',
  "\\* tfjs alone makes NaN of it: so it is timed with an op of the program's own, of `tf.moments` and what `tf.nn.batch_normalization` does.",
];

function lineOf({model, inputs, backend, not, ...figure}: Figure): string {
  const name = `${model}, ${inputs.map(shape => shape.join(' × ')).join(' and ')}`;
  if (not != null) return `| ${name} | ${backend} | | | – | | | | ${not} |`;
  const {hasOwnOp, nodes, kernels, times, difference, loading} = figure;
  const [before, after] = times!;
  const cells = [
    ...[name, backend, nodes!.join(' → '), kernels!.join(' → ')],
    digits(before) + (hasOwnOp === true ? ' \\*' : ''),
    ...[digits(after), `${(before / after).toFixed(2)} ×`],
    ...[difference!.toExponential(0), digits(loading!)],
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Three digits. */
const digits = (value: number): string => String(Number(value.toPrecision(3)));

/** A line for each kind and shape, with a column for each backend: how many times as fast it is fused. */
export function nodeTableOf(figures: NodeFigure[]): string[] {
  const backends = [...new Set(figures.map(({backend}) => backend))];
  const lines = new Map<string, NodeFigure[]>();
  for (const figure of figures) {
    const key = `| ${figure.kind} | [${figure.shape.join(', ')}] |`;
    lines.set(key, [...(lines.get(key) ?? []), figure]);
  }
  const heads = backends.flatMap(name => [`${name}, kernels`, 'µs', '']);
  return [
    `| norm | shape | ${heads.join(' | ')} |`,
    `|---|---|${'--:|'.repeat(heads.length)}`,
    ...[...lines].map(([key, each]) => `${key} ${each.flatMap(nodeCells).join(' | ')} |`),
  ];
}

function nodeCells({kernels, times}: NodeFigure): string[] {
  const [before, after] = times.map(time => digits(time * 1000));
  return [kernels.join(' → '), `${before} → ${after}`, `${(times[0] / times[1]).toFixed(2)} ×`];
}
