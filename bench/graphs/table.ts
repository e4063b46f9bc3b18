import type {Figure} from './measure.js';

export const tableOf = (figures: Figure[]): string[] => [
  '| model | backend | nodes | kernels | tfjs, ms | `fuseNormalizations`, ms | | difference | rewriting, ms |',
  '|---|---|--:|--:|--:|--:|--:|--:|--:|',
  ...figures.map(lineOf),
  '',
  "\\* tfjs alone makes NaN of it: so it is timed with an op of the program's own, `tf.moments` and `tf.batchNorm`.",
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
