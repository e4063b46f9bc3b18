import {median} from '../shared/statistics.js';
import {capitalized, percent} from '../shared/words.js';
import {type Conditioning, LABELS} from './model.js';

/** The training of one network, and what it draws. */
export interface Run {
  conditioning: Conditioning;
  parameters: number;
  /** The loss of each step. */
  losses: number[];
  milliseconds: number[];
  /** The losses on test digits. */
  evaluations: Array<{step: number; loss: number}>;
  /** The shares of the drawn digits that the classifier takes for what they should be. */
  recognized?: {plain: number; guided: number};
}

export const labelOf = ({conditioning}: Run): string => LABELS[conditioning];

export const TABLE_HEAD = [
  'condition',
  'parameters',
  'ms a step',
  'test loss',
  'recognized',
  'with guidance',
];

export const tableRows = (runs: Run[]): string[][] =>
  runs.map(run => [
    labelOf(run),
    run.parameters.toLocaleString('en'),
    median(run.milliseconds).toFixed(1),
    lossOf(run).toFixed(3),
    run.recognized == null ? '-' : percent(run.recognized.plain),
    run.recognized == null ? '-' : percent(run.recognized.guided),
  ]);

const lossOf = (run: Run): number => run.evaluations.at(-1)!.loss;

/** How many of the drawn digits are what was asked for, and how well each network guesses. */
export function finding(runs: Run[]): string {
  const [adaptive, input] = runs;
  const steps = adaptive.losses.length;
  if (adaptive.recognized == null || input.recognized == null) {
    return `After ${steps} steps the test loss is ${lossOf(adaptive).toFixed(3)} with adaptive norm.`;
  }
  const [a, b] = [adaptive.recognized.plain, input.recognized.plain].map(share => percent(share));
  return (
    `After ${steps} steps a classifier recognizes ${a} of the digits that are drawn with adaptive norm, and ${b} ` +
    `of those whose condition stands ${labelOf(input)}; their test losses are ` +
    `${lossOf(adaptive).toFixed(3)} and ${lossOf(input).toFixed(3)}.`
  );
}

/** The cost of the adaptive norms. */
export function cost(runs: Run[]): string[] {
  const [adaptive, input] = runs.map(({milliseconds}) => median(milliseconds));
  const ratio = (adaptive / input).toFixed(2);
  return [`${capitalized(LABELS.adaptive)} takes ${ratio} times the time of a step.`];
}
