import {listed, percent} from '../shared/words.js';

/** One network trained with one size of batch. */
export interface Run {
  label: string;
  batchSize: number;
  /** The share of the test digits that it gets wrong. */
  error: number;
  /** The median time of a training step. */
  milliseconds: number;
}

const labelsOf = (runs: Run[]) => [...new Set(runs.map(({label}) => label))];
const sizesOf = (runs: Run[]) => [...new Set(runs.map(({batchSize}) => batchSize))];

export const tableHead = (runs: Run[]): string[] => [
  'test error (time of a step)',
  ...sizesOf(runs).map(size => `batches of ${size}`),
];

/** A row for each normalization: its error with each size of batch. */
export function tableRows(runs: Run[]): string[][] {
  const cell = (label: string, size: number) => {
    const run = runs.find(run => run.label === label && run.batchSize === size);
    return run == null ? '-' : `${percent(run.error, 2)} (${run.milliseconds.toFixed(1)} ms)`;
  };
  return labelsOf(runs).map(label => [label, ...sizesOf(runs).map(size => cell(label, size))]);
}

/** How each network's error moves from the largest batches to the smallest. */
export function finding(runs: Run[]): string {
  const labels = labelsOf(runs);
  // A run that is stopped early lacks some of the networks with its last size.
  const sizes = sizesOf(runs).filter(size =>
    labels.every(label => runs.some(run => run.label === label && run.batchSize === size)),
  );
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const errorOf = (label: string, size: number) =>
    percent(runs.find(run => run.label === label && run.batchSize === size)!.error, 2);
  const name = (label: string) => (label === 'none' ? 'neither' : label);
  if (least === most) {
    const errors = labels.map(label => `${errorOf(label, most)} with ${name(label)}`);
    return `With batches of ${most} the test error is ${listed(errors)}.`;
  }
  const errors = labels.map(
    label => `from ${errorOf(label, most)} to ${errorOf(label, least)} with ${name(label)}`,
  );
  return `From batches of ${most} to batches of ${least} the test error goes ${listed(errors)}.`;
}
