// Writes docs/conformance.md: how far each layer and op is from what other frameworks compute.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import * as tfn from '../../src/index.js';
import {relativeError} from '../close.js';
import {filesOf, MODELS, tensorOf} from '../keras/models.js';
import {
  type Comparison,
  golden,
  gradientsOf,
  layerOf,
  secondOrderOf,
  stepsOf,
  valuesOf,
} from './cases.js';
import {layerGolden, layerOf as furtherLayerOf, weightOf} from './layer_cases.js';
import {adapted, responsesOf, trainedSteps} from './layer_comparisons.js';
import {ONNX_CASES, onnxValuesOf} from './onnx_cases.js';

const ASPECTS = ['forward', 'gradient', 'second order', 'statistics'] as const;
type Aspect = (typeof ASPECTS)[number];
type Row = {
  cases: Set<string>;
  errors: Partial<Record<Aspect, Record<string, number>>>;
  /** Of Keras's layers. */
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

/** Notes the largest error of `comparisons` in a cell. */
function note(
  row: Row,
  name: string,
  aspect: Aspect,
  comparisons: Comparison[],
  errorOf: (actual: tf.Tensor, expected: number[]) => number = relativeError,
): void {
  row.cases.add(name);
  if (comparisons.length === 0) return;
  const errors = (row.errors[aspect] ??= {});
  const backend = tf.getBackend();
  for (const {actual, expected} of comparisons) {
    errors[backend] = Math.max(errors[backend] ?? 0, errorOf(actual, expected));
  }
}

function noteOps(): void {
  for (const c of golden.ops) {
    tf.tidy(() => {
      const row = rowOf('PyTorch, in float64', `\`${c.op}\``);
      const statistics = valuesOf(c).filter(({name}) => name !== 'y');
      note(
        row,
        c.name,
        'forward',
        valuesOf(c).filter(({name}) => name === 'y'),
      );
      note(row, c.name, 'gradient', gradientsOf(c));
      note(row, c.name, 'second order', secondOrderOf(c));
      if (statistics.length > 0) note(row, c.name, 'statistics', statistics);
    });
  }
}

async function noteLayers(): Promise<void> {
  for (const c of golden.layers) {
    const layer = await layerOf(c);
    const row = rowOf(c.name.slice(0, 'Keras 3'.length), `\`${c.className}\``);
    const {values, gradients, weights} = stepsOf(c, layer);
    note(row, c.name, 'forward', values);
    note(row, c.name, 'gradient', gradients);
    const statistics = weights.filter(({name}) => name.includes('moving'));
    if (statistics.length > 0) note(row, c.name, 'statistics', statistics);
    noteSaved(row, c, layer);
  }
}

/** Of gradients that are all cancellation: relative to 1 more than the largest. */
function gradientError(actual: tf.Tensor, expected: number[]): number {
  const differences = Array.from(actual.dataSync(), (a, i) => Math.abs(a - expected[i]));
  return Math.max(...differences) / (1 + Math.max(...expected.map(Math.abs)));
}

async function noteFurtherLayers(): Promise<void> {
  for (const c of layerGolden.layers) {
    const layer = await furtherLayerOf(
      c.className,
      c.config,
      c.shape,
      c.integers ? 'int32' : 'float32',
    );
    const {values, gradients, weights} = trainedSteps(c, layer);
    const framework = c.name.startsWith('Addons') ? 'TF Addons' : c.name.slice(0, 'Keras 3'.length);
    const row = rowOf(framework, `\`${c.className}\``);
    note(row, c.name, 'forward', values);
    note(row, c.name, 'gradient', gradients, gradientError);
    const isStatistic = ({name}: Comparison) => /moving|renorm|vector_u/.test(name);
    note(row, c.name, 'statistics', weights.filter(isStatistic));
    noteSaved(row, c, layer);
  }
  for (const c of layerGolden.normalization) {
    const {layer, values, statistics} = await adapted(c);
    const row = rowOf('Keras 3', '`Normalization`');
    note(row, c.name, 'forward', values);
    note(row, c.name, 'statistics', statistics);
    noteSaved(row, c, layer);
  }
  for (const c of layerGolden.responses) {
    const row = rowOf('PyTorch, in float64', '`localResponseNorm`');
    const {y, dx, ddx} = responsesOf(c);
    note(row, c.name, 'forward', [y]);
    note(row, c.name, 'gradient', [dx]);
    note(row, c.name, 'second order', [ddx]);
  }
}

/** Whether the weights are Keras's, and which of its config's keys ours never has. */
function noteSaved(
  row: Row,
  {config, weights}: {config: object; weights: Array<{name: string; shape: number[]}>},
  layer: tf.layers.Layer,
): void {
  const ours = layer.getConfig();
  const camelCase = (key: string) => key.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
  const lost = Object.keys(config).filter(key => !(camelCase(key) in ours));
  const same = weights.every(({name, shape}, i) => {
    const found = weightOf(layer, name.replace(':0', ''));
    return found === layer.weights[i] && String(found.shape) === String(shape);
  });
  const before = row.saved;
  row.saved = {
    weights: same && weights.length === layer.weights.length && (before?.weights ?? true),
    lostKeys: new Set(lost.filter(key => before?.lostKeys.has(key) ?? true)),
  };
}

function noteOnnx(): void {
  for (const c of ONNX_CASES) {
    const row = rowOf('ONNX', `\`${c.operator}\``);
    tf.tidy(() => {
      const found = onnxValuesOf(c);
      const isStatistic = ({name}: Comparison) => /mean|var/.test(name);
      note(
        row,
        c.name,
        'forward',
        found.filter(each => !isStatistic(each)),
      );
      const statistics = found.filter(isStatistic);
      if (statistics.length > 0) note(row, c.name, 'statistics', statistics);
    });
  }
}

async function noteModels(): Promise<void> {
  for (const model of MODELS) {
    const loaded = await tf.loadLayersModel(tfn.fromKeras(filesOf(model)));
    const [framework, subject] = model.name.split(', ');
    const row = rowOf(`Models of ${framework}`, subject);
    const inputs = model.inputs.map(tensorOf);
    for (const training of [true, false]) {
      const expected = (training ? model.trainingOutputs : model.outputs) ?? [];
      if (expected.length === 0) continue;
      const outputs = [loaded.apply(inputs, {training})].flat() as tf.Tensor[];
      const found = outputs.map((actual, i) => ({
        name: model.name,
        actual,
        expected: expected[i].values,
      }));
      note(row, model.name, 'forward', found);
    }
  }
}

async function backends(): Promise<string[]> {
  const {whyNoTensorflow} = (await import('../../scripts/setup_node.mjs')) as {
    whyNoTensorflow: () => string | null;
  };
  const why = whyNoTensorflow();
  if (why != null) {
    console.warn(`The backend tensorflow is left out: ${why}.`);
    return ['cpu', 'wasm'];
  }
  await import('@tensorflow/tfjs-node');
  return ['cpu', 'wasm', 'tensorflow'];
}

function markdownOf(table: Map<string, Row>, used: string[]): string {
  const all = [...table.values()];
  const aspects = ASPECTS.filter(aspect => all.some(row => row.errors[aspect] != null));
  const saved = all.some(row => row.saved != null) ? ['weights', 'config'] : [];
  const errorsOf = (row: Row, aspect: Aspect) => {
    const errors = row.errors[aspect];
    if (errors == null || Object.keys(errors).length === 0) return '–';
    return used.map(backend => (backend in errors ? show(errors[backend]) : '–')).join(' ');
  };
  const savedOf = ({saved}: Row) =>
    saved == null ? [] : [saved.weights ? 'equal' : 'differ', configOf([...saved.lostKeys])];
  const rows = [...table].sort(([a], [b]) => a.localeCompare(b));
  const line = (cells: Array<string | number>) => `| ${cells.join(' | ')} |`;
  return [
    line(['', 'cases', ...aspects, ...saved]),
    `|---|--:|${'--:|'.repeat(aspects.length)}${'---|'.repeat(saved.length)}`,
    ...rows.map(([subject, row]) =>
      line([
        subject,
        row.cases.size,
        ...aspects.map(aspect => errorsOf(row, aspect)),
        ...savedOf(row),
      ]),
    ),
  ].join('\n');
}

const configOf = (lost: string[]): string =>
  lost.length === 0 ? 'equal' : `without ${lost.map(key => `\`${key}\``).join(', ')}`;

const show = (error: number): string => (error === 0 ? '0' : error.toExponential(0));

const used = await backends();
for (const backend of used) {
  await tf.setBackend(backend);
  noteOps();
  await noteLayers();
  await noteFurtherLayers();
  noteOnnx();
  await noteModels();
}

const sections = [...tables].map(
  ([framework, table]) => `## ${framework}\n\n${markdownOf(table, used)}\n`,
);
writeFileSync(
  join(import.meta.dirname, '../../docs/conformance.md'),
  `# Conformance

How far the ops, the layers and whole models are from what other frameworks compute: the largest error of all cases,
relative to the root mean square of what is expected, on the backends ${used.map(b => `\`${b}\``).join(', ')} in
this order. \`npm run conformance\` writes this page; the tests hold the same cases to the tolerances in
\`test/cases/golden.ts\`, \`test/cases/layer_golden.ts\` and \`test/keras/models.test.ts\`, and the cases are made by
[test/golden](../test/golden/README.md). Keras computes in float32, as we do: both sides' errors count. \`webgl\` and
\`webgpu\`, which need a browser, are not listed: there \`test/browser\` holds the golden values to the same tolerances.

*Statistics* are those that a layer keeps or an op returns: means, variances, and the vector of spectral normalization.
Gradients of layers that have masks, \`renorm\` or a kernel to normalize, and of TF Addons', are relative to 1 more than
the largest, since some are all cancellation; where \`wasm\` lacks tfjs's gradient of a convolution or an embedding, it has
the forward pass alone. *Weights*: their names, shapes and order, which differs in Keras 2's spectral normalization:
there \`vector_u\` comes last. *Config*: the keys, without those that ours never has, of which none changes a result; those
that would are errors ([compatibility](compatibility.md)). A dash is where there is nothing to compare.

${sections.join('\n').trimEnd()}
`,
);
