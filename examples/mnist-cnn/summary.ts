/** One network trained with one size of batch. */
export interface Run {
  label: string;
  batchSize: number;
  /** The share of the test digits that it gets wrong. */
  error: number;
  /** The median, of one training step. */
  milliseconds: number;
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

const labelsOf = (runs: Run[]) => [...new Set(runs.map(({label}) => label))];
const sizesOf = (runs: Run[]) => [...new Set(runs.map(({batchSize}) => batchSize))];
const percent = (share: number) => `${(100 * share).toFixed(2)}%`;

/** A row for each normalization: its error with each size of batch. */
export function table(runs: Run[]): string[][] {
  const sizes = sizesOf(runs);
  const cell = (label: string, size: number) => {
    const run = runs.find(run => run.label === label && run.batchSize === size);
    return run == null ? '-' : `${percent(run.error)} (${run.milliseconds.toFixed(1)} ms)`;
  };
  return [
    ['test error (time of a step)', ...sizes.map(size => `batches of ${size}`)],
    ...labelsOf(runs).map(label => [label, ...sizes.map(size => cell(label, size))]),
  ];
}

/** How each network's error moved from its largest to its smallest batch. */
export const findings = (runs: Run[]): string[] =>
  labelsOf(runs).map(label => {
    const own = runs.filter(run => run.label === label);
    const [first, last] = [own[0], own[own.length - 1]];
    return (
      `${label}: ${percent(first.error)} with batches of ${first.batchSize}, ` +
      `${percent(last.error)} with batches of ${last.batchSize}.`
    );
  });

export function toText(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
  return rows.map(row => row.map(pad).join('   ')).join('\n');
}
