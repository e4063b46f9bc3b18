/** The chart of time against size, which the main README shows. */
import {colors, PALETTE, POINT, toSvg} from '../examples/shared/svg.js';
import type {Row} from './report.js';

/** The lines, and the kinds of rows that they show the fastest of. */
const LINES: Readonly<Record<string, {kind: Row['kind']; color: string}>> = {
  'tf.layers': {kind: 'built-in', color: PALETTE.red},
  'composed of tf ops': {kind: 'composition', color: PALETTE.orange},
  'onnxruntime-web': {kind: 'onnxruntime-web', color: PALETTE.green},
  'onnxruntime-node': {kind: 'onnxruntime-node', color: PALETTE.sky},
  'tfjs-normalization': {kind: 'ours', color: PALETTE.blue},
  'tf.relu': {kind: 'tf.relu', color: PALETTE.gray},
};
const PASSES: Partial<Record<Row['pass'], string>> = {
  forward: 'forward',
  'forward + backward': 'training step',
};

const POWERS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000];

/** Layer norm of batches of 64 features, as an SVG file; null where fewer than two sizes were measured. */
export async function chartOf(rows: Row[]): Promise<string | null> {
  const shown = rows.filter(
    ({op, shape, pass}) => op === 'layerNorm' && /^\[\d+, 64\]$/.test(shape) && pass in PASSES,
  );
  if (new Set(shown.map(({shape}) => shape)).size < 2) return null;
  const shapes = [...new Set(shown.map(row => `${row.shape}/${row.pass}`))];
  const values = shapes.flatMap(of => {
    const own = shown.filter(row => `${row.shape}/${row.pass}` === of);
    return Object.entries(LINES).flatMap(([label, {kind}]) => {
      const times = own.filter(row => row.kind === kind).map(({p10}) => 1000 * p10);
      if (times.length === 0) return [];
      const elements = 64 * Number.parseInt(own[0].shape.slice(1), 10);
      return [{label, pass: PASSES[own[0].pass], elements, time: Math.min(...times)}];
    });
  });
  const labels = Object.keys(LINES).filter(label => values.some(value => value.label === label));
  const palette = Object.fromEntries(labels.map(label => [label, LINES[label].color]));
  const log = {type: 'quantitative', scale: {type: 'log', nice: false}};
  const sizes = [...new Set(values.map(({elements}) => elements))];
  const svg = await toSvg({
    data: {values},
    facet: {column: {field: 'pass', type: 'nominal', sort: Object.values(PASSES)}},
    spec: {
      ...{width: 300, height: 260},
      mark: {type: 'line', point: POINT},
      encoding: {
        x: {field: 'elements', ...log, title: 'elements', axis: {values: sizes, format: '.2~s'}},
        y: {field: 'time', ...log, title: 'µs', axis: {values: POWERS, format: ','}},
        color: {...colors(labels, palette), legend: {columns: 3}},
      },
    },
  });
  // An image has a page's background and color only where it is part of the page.
  return svg
    .replace('<svg ', '<svg style="background:#fff" role="img" aria-label="Time against size" ')
    .replaceAll('currentColor', '#333');
}
