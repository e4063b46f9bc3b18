import {quantile, type Ratio, ratioTo} from './measure.js';
import type {Result} from './run.js';

/** Everything besides the code that the numbers depend on. */
export type Environment = {
  package: string;
  backend: string;
  machine: {
    cpu: string;
    cores: number;
    memoryGB: number;
    platform: string;
    /** Present if the backend does not run on the processor. */
    device?: string | null;
  };
  node: string;
  packages: Record<string, string>;
  date: string;
  rounds: number;
  /** The load average over one minute, before and after. */
  loadAverage: [number, number];
};

export type Row = Pick<
  Result,
  'op' | 'shape' | 'pass' | 'kind' | 'name' | 'calls' | 'bytes' | 'error'
> & {
  rounds: number;
  /** The milliseconds that a call takes. */
  p10: number;
  median: number;
  /** How many times as long as our op it takes; null for our op itself, a limit and tf.relu. */
  ratio: Ratio | null;
  /** The pass's least traffic over its time; null for tensors that stay in the caches. */
  gigabytesPerSecond: number | null;
  /**
   * 1 is as fast as the fastest loop that moves the same memory; null for tensors that stay in the
   * caches.
   */
  ofLimit: number | null;
};

const LEAST_BYTES = 2 ** 20;

/** Loops that compute less than a norm. */
const isFloor = ({kind}: Pick<Result, 'kind'>): boolean => kind === 'limit' || kind === 'tf.relu';

/** The rows for one pass of a case. The first result is our op's. */
export function summarize(results: Result[]): Row[] {
  const p10 = ({samples}: Result) => quantile(samples, 0.1);
  const limits = results.filter(({kind}) => kind === 'limit').map(p10);
  return results.map(({samples, ...result}, i) => {
    const isLarge = result.bytes >= LEAST_BYTES;
    const time = p10(results[i]);
    return {
      ...result,
      rounds: samples.length,
      p10: time,
      median: quantile(samples, 0.5),
      ratio: i === 0 || isFloor(result) ? null : ratioTo(results[0].samples, samples),
      gigabytesPerSecond: isLarge ? result.bytes / 1e6 / time : null,
      ofLimit: isLarge && limits.length > 0 ? Math.min(...limits) / time : null,
    };
  });
}

/** A sentence on the environment, the summary and all rows. */
export const toMarkdown = (environment: Environment, rows: Row[]): string =>
  [describe(environment), '', ...summaryOf(rows), '', ...tableOf(rows), ''].join('\n');

const caseOf = ({op, shape, pass}: Row): string => `${op} ${shape} ${pass}`;

/**
 * A line for each case and pass: our op's time, and how many times as long the fastest of each kind
 * takes.
 */
function summaryOf(rows: Row[]): string[] {
  const cases = new Map<string, Row[]>();
  for (const row of rows) cases.set(caseOf(row), [...(cases.get(caseOf(row)) ?? []), row]);
  const kinds = RIVALS.filter(kind => rows.some(row => row.kind === kind));
  const hasRelu = rows.some(({kind}) => kind === 'tf.relu');
  const lines = [...cases.values()].map(([ours, ...others]) => {
    const rivals = kinds.map(kind => {
      const ratios = others.filter(row => row.kind === kind).map(row => row.ratio!.best);
      return ratios.length > 0 ? `${digits(Math.min(...ratios))} ×` : '';
    });
    const limit = ours.ofLimit == null ? '' : ours.ofLimit.toFixed(2);
    const relu = others.find(({kind}) => kind === 'tf.relu');
    const ofRelu = relu == null ? '' : digits(ours.p10 / relu.p10);
    const floors = hasRelu ? [limit, ofRelu] : [limit];
    return [ours.op, ours.shape, ours.pass, digits(ours.p10), ...floors, ...rivals];
  });
  const columns = ['of the limit', ...(hasRelu ? ['times tf.relu'] : []), ...kinds];
  return [
    `| | | | ours, ms | ${columns.join(' | ')} |`,
    `|---|---|---|--:|${columns.map(() => '--:|').join('')}`,
    ...lines.map(line => `| ${line.join(' | ')} |`),
  ];
}

const RIVALS = [
  'built-in',
  'TensorFlow op',
  'composition',
  'no native ops',
  'plain loops',
  'onnxruntime-node',
  'onnxruntime-web',
] as const;

const HEADER = [
  '| | | p10 ms | median ms | rounds | times ours | GB/s | of the limit | difference |',
  '|---|---|--:|--:|--:|--:|--:|--:|--:|',
];

/** Every row, under a heading for each case and pass. */
const tableOf = (rows: Row[]): string[] => [
  ...HEADER,
  ...rows.flatMap((row, i) => {
    const starts = i === 0 || caseOf(row) !== caseOf(rows[i - 1]);
    const heading = `| **${row.op} ${row.shape}** | **${row.pass}** | | | | | | | |`;
    return starts ? [heading, lineOf(row)] : [lineOf(row)];
  }),
];

function lineOf({ratio, gigabytesPerSecond, ofLimit, ...row}: Row): string {
  const cells = [
    row.name,
    row.kind,
    digits(row.p10),
    digits(row.median),
    row.calls > 1 ? `${row.rounds} × ${row.calls}` : row.rounds,
    ratio && `**${digits(ratio.best)}** (${digits(ratio.from)}–${digits(ratio.to)})`,
    gigabytesPerSecond && digits(gigabytesPerSecond),
    ofLimit && digits(ofLimit),
    row.error === 0 ? '' : row.error.toExponential(0),
  ];
  return `| ${cells.map(cell => cell ?? '').join(' | ')} |`;
}

/** Three significant digits, and never an exponent. */
const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(value))));

/** The environment in a sentence. */
export function describe({
  backend,
  machine,
  packages,
  loadAverage,
  ...environment
}: Omit<Environment, 'backend'> & {backend?: string}): string {
  const [before, after] = loadAverage.map(load => load.toFixed(1));
  const device = machine.device == null ? '' : ` on ${machine.device}`;
  return [
    ...(backend == null ? [] : [`Backend \`${backend}\`${device}`]),
    environment.package,
    ...Object.entries(packages).map(([name, version]) => `${name} ${version}`),
    `Node ${environment.node}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.platform}`,
    environment.date,
    `${environment.rounds} rounds, fewer for what is slow`,
    `load average ${before} before and ${after} after`,
  ].join('; ');
}

/**
 * Whether the README shows a row: it does for the first shape of these ops, which has its channels
 * last.
 */
const isHeadline = ({op, shape}: Row, _: number, rows: Row[]): boolean =>
  ['layerNorm', 'batchNorm', 'groupNorm', 'l2Normalize'].includes(op) &&
  rows.find(row => row.op === op)!.shape === shape;

/**
 * Puts the summary of the headlines, and the description, between the backend's marks in a
 * document.
 */
export function replaceBlock(text: string, environment: Environment, rows: Row[]): string {
  const summary = summaryOf(rows.filter(isHeadline));
  const block = [...summary, '', `${describe(environment)}.`, ''].join('\n');
  return putBetweenMarks(text, environment.backend, block);
}

/** Puts the block between the marks of this name, if the text has them. */
export function putBetweenMarks(text: string, name: string, block: string): string {
  const [begin, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const [before, after] = [text.indexOf(begin), text.indexOf(end)];
  if (before < 0 || after < before) return text;
  return `${text.slice(0, before)}${begin}\n\n${block}\n${text.slice(after)}`;
}
