import {quantile, type Ratio, ratioTo} from './measure.js';
import type {Result} from './run.js';

/** What a number depends on besides the code. */
export type Environment = {
  package: string;
  backend: string;
  machine: {
    cpu: string;
    cores: number;
    memoryGB: number;
    platform: string;
    /** Where the backend does not run on the processor. */
    device?: string | null;
  };
  node: string;
  packages: Record<string, string>;
  date: string;
  rounds: number;
  /** Over one minute, before and after. */
  loadAverage: [number, number];
};

export type Row = Pick<Result, 'case' | 'pass' | 'kind' | 'name' | 'calls' | 'error'> & {
  rounds: number;
  /** Milliseconds a call. */
  p10: number;
  median: number;
  /** How many times longer than our op; null for that itself and for a copy. */
  ratio: Ratio | null;
  /** The least traffic over the time; null for tensors that stay in the caches. */
  gigabytesPerSecond: number | null;
  /** Which part of a copy's that is. */
  ofCopy: number | null;
};

const LEAST_BYTES = 2 ** 20;

/** The facts about one case's results, of which the first is our op's. */
export function summarize(results: Result[]): Row[] {
  const copy = results.find(({kind}) => kind === 'copy');
  return results.map(result => {
    const {samples, kind} = result;
    return {
      case: result.case,
      pass: result.pass,
      kind,
      name: result.name,
      rounds: samples.length,
      calls: result.calls,
      p10: quantile(samples, 0.1),
      median: quantile(samples, 0.5),
      ratio: result === results[0] || kind === 'copy' ? null : ratioTo(results[0].samples, samples),
      gigabytesPerSecond: result.bytes < LEAST_BYTES ? null : speed(result),
      ofCopy: copy && result.bytes >= LEAST_BYTES ? speed(result) / speed(copy) : null,
      error: result.error,
    };
  });
}

const speed = ({bytes, samples}: Result): number => bytes / 1e6 / quantile(samples, 0.1);

const HEADER = [
  '| | | p10 ms | median ms | rounds | times ours | GB/s | of a copy | difference |',
  '|---|---|--:|--:|--:|--:|--:|--:|--:|',
];

/** What was measured with, and the rows under a heading for each case and pass. */
export function toMarkdown(environment: Environment, rows: Row[]): string {
  const lines = rows.flatMap((row, i) => {
    const previous = rows.at(i - 1);
    const starts = i === 0 || row.case !== previous?.case || row.pass !== previous.pass;
    const heading = `| **${row.case}** | **${row.pass}** | | | | | | | |`;
    return starts ? [heading, lineOf(row)] : [lineOf(row)];
  });
  return [describe(environment), '', ...HEADER, ...lines, ''].join('\n');
}

function lineOf({ratio, gigabytesPerSecond, ofCopy, ...row}: Row): string {
  const cells = [
    row.name,
    row.kind,
    digits(row.p10),
    digits(row.median),
    row.calls > 1 ? `${row.rounds} × ${row.calls}` : row.rounds,
    ratio && `**${digits(ratio.best)}** (${digits(ratio.from)}–${digits(ratio.to)})`,
    gigabytesPerSecond && digits(gigabytesPerSecond),
    ofCopy && digits(ofCopy),
    row.error === 0 ? '' : row.error.toExponential(0),
  ];
  return `| ${cells.map(cell => cell ?? '').join(' | ')} |`;
}

/** Three significant digits, and never an exponent. */
export const digits = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(value))));

function describe({machine, packages, loadAverage, ...environment}: Environment): string {
  const [before, after] = loadAverage.map(load => load.toFixed(1));
  return [
    `Backend \`${environment.backend}\`${machine.device == null ? '' : ` on ${machine.device}`}`,
    environment.package,
    ...Object.entries(packages).map(([name, version]) => `${name} ${version}`),
    `Node ${environment.node}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GB, ${machine.platform}`,
    environment.date,
    `${environment.rounds} rounds, fewer for what is slow`,
    `load average ${before} before and ${after} after`,
  ].join('; ');
}
