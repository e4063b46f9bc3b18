import {mean, median} from '../shared/statistics.js';
import {percent} from '../shared/words.js';

/** A measurement of a network after some steps. */
interface Evaluation {
  step: number;
  /** The share of the evaluated test digits that was recognized. */
  accuracy: number;
  /** The 15th, 50th and 85th percentile of one sigmoid's input in the last hidden layer. */
  sigmoidInput: number[];
}

/** The training of one network. */
export interface Run {
  label: string;
  builtIn?: string;
  timeOnly?: boolean;
  /** How many steps it is to be trained. */
  planned: number;
  /** The loss of each step. */
  losses: number[];
  milliseconds: number[];
  evaluations: Evaluation[];
  /** The accuracy on all test digits, once the training is complete. */
  finalAccuracy?: number;
  /** The accuracy on as many digits of the training. */
  trainingAccuracy?: number;
}

export const TARGET_ACCURACY = 0.9;

// The first steps are slow: kernels are compiled in them, and memory is used for the first time.
const WARM_UP_STEPS = 10;

/** The first evaluated step with at least this accuracy, or null. */
export const stepsTo = (run: Run, accuracy: number): number | null =>
  run.evaluations.find(evaluation => evaluation.accuracy >= accuracy)?.step ?? null;

/** The accuracy on all test digits if it is known, else at the last evaluation. */
export const accuracyOf = (run: Run): number | null =>
  run.finalAccuracy ?? run.evaluations.at(-1)?.accuracy ?? null;

export function medianMilliseconds({milliseconds}: Run): number | null {
  if (milliseconds.length === 0) return null;
  return median(milliseconds.slice(Math.min(WARM_UP_STEPS, milliseconds.length >> 1)));
}

/** A step's time with the built-in over its time with this layer. */
export function speedUp(run: Run, runs: Run[]): number | null {
  const builtIn = runs.find(({label}) => label === run.builtIn);
  if (builtIn == null) return null;
  const [its, ours] = [builtIn, run].map(medianMilliseconds);
  return its == null || ours == null ? null : its / ours;
}

/**
 * The steps at which to evaluate. Each is about `ratio` times the one before, because little
 * changes late, and a multiple of `round`, when all networks have done as many steps.
 */
export function evaluationSteps(steps: number, round: number, ratio = 1.1): number[] {
  const result = [0];
  // No evaluation is so close to the end that little happens between them.
  for (let step = round; step * ratio <= steps;) {
    result.push(step);
    step = Math.max(step + round, Math.round((step * ratio) / round) * round);
  }
  return [...result, steps];
}

export const TABLE_HEAD = [
  'network',
  'steps',
  'test accuracy',
  'steps to 90%',
  'ms a step',
  'speed-up over tf.layers',
];

/** The mean loss over the steps between one evaluation and the next. */
export function lossCurve({losses, evaluations}: Run): {step: number; loss: number}[] {
  const ends = [...evaluations.map(({step}) => step), losses.length];
  return ends.flatMap((step, i) => {
    const since = losses.slice(ends[i - 1] ?? 0, step);
    if (since.length === 0) return [];
    return {step, loss: mean(since)};
  });
}

/** The rows under `TABLE_HEAD`. */
export const tableRows = (runs: Run[]): string[][] =>
  runs
    .filter(run => run.losses.length > 0)
    .map(run => [
      run.label,
      String(run.losses.length),
      run.timeOnly ? '-' : format(accuracyOf(run), accuracy => percent(accuracy)),
      run.timeOnly ? '-' : format(stepsTo(run, TARGET_ACCURACY), String, 'not reached'),
      format(medianMilliseconds(run), milliseconds => milliseconds.toFixed(1)),
      format(speedUp(run, runs), ratio => `${ratio.toFixed(2)} x`),
    ]);

const format = (value: number | null, write: (value: number) => string, none = '-'): string =>
  value == null ? none : write(value);
