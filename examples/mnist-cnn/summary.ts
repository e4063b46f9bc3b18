import {capitalized, percent} from '../shared/words.js';

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

/** How each network's error moved from its largest to its smallest batch. */
export const findings = (runs: Run[]): string[] =>
  labelsOf(runs).map(label => {
    const own = runs.filter(run => run.label === label);
    const [first, last] = [own[0], own[own.length - 1]];
    return (
      `${capitalized(label)}: ${percent(first.error, 2)} with batches of ${first.batchSize}, ` +
      `${percent(last.error, 2)} with batches of ${last.batchSize}.`
    );
  });
