// Writes docs/conformance.md: how far each layer and op is from what other frameworks compute.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {startBackend} from '../../bench/backends.js';
import '../../src/index.js';
import {measureInPage} from '../browser/measure_in_page.js';
import {type Aspect, ASPECTS} from './comparison.js';
import {measure, type Measurement} from './measure.js';

type Row = {
  cases: Set<string>;
  errors: Partial<Record<Aspect, Record<string, number>>>;
  saved?: {weights: boolean; lostKeys: Set<string>};
};

/** By framework, then by what is compared. */
const tables = new Map<string, Map<string, Row>>();

function rowOf(framework: string, subject: string): Row {
  const table = tables.get(framework) ?? new Map<string, Row>();
  tables.set(framework, table);
  const row = table.get(subject) ?? {cases: new Set(), errors: {}};
  table.set(subject, row);
  return row;
}

/** Adds a measurement to its row: the largest errors, and the keys that are lost of every config. */
function note(backend: string, {framework, subject, name, errors, saved}: Measurement): void {
  const row = rowOf(framework, subject);
  row.cases.add(name);
  for (const aspect of ASPECTS) {
    if (errors[aspect] == null) continue;
    const cell = (row.errors[aspect] ??= {});
    cell[backend] = Math.max(cell[backend] ?? 0, errors[aspect]);
  }
  if (saved == null) return;
  const {weights, lostKeys} = row.saved ?? {weights: true, lostKeys: new Set(saved.lostKeys)};
  const lost = saved.lostKeys.filter(key => lostKeys.has(key));
  row.saved = {weights: weights && saved.weights, lostKeys: new Set(lost)};
}

function markdownOf(table: Map<string, Row>, backends: string[]): string {
  const all = [...table.values()];
  const aspects = ASPECTS.filter(aspect => all.some(row => row.errors[aspect] != null));
  const saved = all.some(row => row.saved != null) ? ['weights', 'config'] : [];
  const errorsOf = (row: Row, aspect: Aspect) => {
    const errors = row.errors[aspect];
    if (errors == null) return '–';
    return backends.map(backend => (backend in errors ? show(errors[backend]) : '–')).join(' ');
  };
  const savedOf = ({saved}: Row) =>
    saved == null ? [] : [saved.weights ? 'equal' : 'differ', configOf([...saved.lostKeys])];
  const rows = [...table].sort(([a], [b]) => a.localeCompare(b));
  const line = (cells: Array<string | number>) => `| ${cells.join(' | ')} |`;
  return [
    line(['', 'cases', ...aspects, ...saved]),
    `|---|--:|${'--:|'.repeat(aspects.length)}${'---|'.repeat(saved.length)}`,
    ...rows.map(([subject, row]) => {
      const errors = aspects.map(aspect => errorsOf(row, aspect));
      return line([subject, row.cases.size, ...errors, ...savedOf(row)]);
    }),
  ].join('\n');
}

const configOf = (lost: string[]): string =>
  lost.length === 0 ? 'equal' : `without ${lost.map(key => `\`${key}\``).join(', ')}`;

const show = (error: number): string => (error === 0 ? '0' : error.toExponential(0));

const BACKENDS: Array<[name: string, measured: () => Promise<Measurement[]>]> = [
  ...['cpu', 'wasm', 'tensorflow'].map((name): (typeof BACKENDS)[number] => [
    name,
    async () => {
      await startBackend(name);
      return measure();
    },
  ]),
  ['webgl', () => measureInPage('webgl, golden')],
  ['webgpu', () => measureInPage('webgpu, golden')],
];
for (const [backend, measured] of BACKENDS) {
  for (const measurement of await measured()) note(backend, measurement);
}

const names = BACKENDS.map(([name]) => name);
const sections = [...tables].map(
  ([framework, table]) => `## ${framework}\n\n${markdownOf(table, names)}\n`,
);
writeFileSync(
  join(import.meta.dirname, '../../docs/conformance.md'),
  `# Conformance

This page is for those who want to know how closely this package computes what other frameworks compute: a table for each framework,
with a row for each op, layer or model.

A number is the largest error of all cases of the row, relative to the root mean square of the expected values. Each cell has one for
each of the backends ${names.map(b => `\`${b}\``).join(', ')}, in this order; the last two run in Chromium on its
software drivers. A dash means that there is nothing to compare. Keras computes in float32, as this package does, so the numbers
contain the errors of both sides. Blocks are computed in float64; those of several matrices add up what each of their ops rounds.

* *statistics* are the means and variances that a layer keeps or an op returns, and the vector of spectral normalization.
* *gradient*: some gradients are all cancellation, so the errors of layers that have masks, \`renorm\` or a kernel to normalize, of TF
  Addons' layers and of blocks are relative to 1 more than the largest value. \`wasm\` lacks tfjs's gradient of a convolution and of an
  embedding; such cases have the forward pass alone there.
* *weights* compares names, shapes and order. The order differs in Keras 2's spectral normalization, where \`vector_u\` comes last.
* *config* compares the keys. It names those that this package's layers never have; none of them changes a result. Keys that would
  change one are errors ([compatibility](compatibility.md)).

\`npm run conformance\` writes this page. The tests hold the same cases to the tolerances in \`test/golden/*_cases.ts\`;
the README of \`test/golden\` says how the cases are made.

${sections.join('\n').trimEnd()}
`,
);
