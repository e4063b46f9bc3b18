import {mean} from '../shared/statistics.js';
import {short, spread} from '../shared/words.js';

/** The training of a linear model at one learning rate. */
export interface LinearRun {
  label: string;
  learningRate: number;
  /** The loss before each step. */
  losses: number[];
  /** The cosine of the angle between each step's gradient and the one before. */
  cosines: number[];
  diverged: boolean;
}

export interface LinearResults {
  /** How many rows the models are trained on. */
  rows: number;
  targetLoss: number;
  /** The findings from the eigenvalues of the loss's curvature. */
  curvatures: {
    label: string;
    condition: number;
    /** Null where the curvature changes in the training. */
    prediction: {largestLearningRate: number; fewestSteps: number | null} | null;
  }[];
  runs: LinearRun[];
}

/** The training of a network; errors are roots of mean squares, in miles a gallon. */
export interface NetworkRun {
  label: string;
  seed: number;
  learningRate: number;
  diverged: boolean;
  trainingError: number;
  validationError: number;
  testError: number;
  /** The test error of whoever guesses the mean. */
  meanError: number;
}

/** Whether a training got anywhere: its last loss is below its first one. */
const trains = ({losses, diverged}: LinearRun): boolean => !diverged && losses.at(-1)! < losses[0];

/** The first step before which the loss was at most the target, or null. */
export function stepsTo({losses}: LinearRun, target: number): number | null {
  const step = losses.findIndex(loss => loss <= target);
  return step < 0 ? null : step;
}

/** The share of the steps whose gradient points against the one before. */
export const oscillation = ({cosines}: LinearRun): number =>
  cosines.length === 0 ? 0 : cosines.filter(cosine => cosine < 0).length / cosines.length;

/** The findings about the linear models of one input. */
export interface LinearGroup {
  label: string;
  largestRate: number | null;
  /** The run that reached the target first or, if none did, came nearest. */
  best: LinearRun | null;
  steps: number | null;
}

export function linearGroups({runs, targetLoss}: LinearResults): LinearGroup[] {
  return labels(runs).map(label => {
    const able = runs.filter(run => run.label === label && trains(run));
    const last = (run: LinearRun) => run.losses.at(-1)!;
    const steps = (run: LinearRun) => stepsTo(run, targetLoss) ?? Infinity;
    const [best = null] = [...able].sort((a, b) =>
      steps(a) < steps(b) ? -1 : steps(a) > steps(b) ? 1 : last(a) - last(b),
    );
    return {
      label,
      best,
      largestRate: able.length === 0 ? null : Math.max(...able.map(run => run.learningRate)),
      steps: best == null ? null : stepsTo(best, targetLoss),
    };
  });
}

/** The networks of one input, at the learning rate that the validation rows choose. */
export interface NetworkGroup {
  label: string;
  learningRate: number;
  runs: NetworkRun[];
}

export function networkGroups(runs: NetworkRun[]): NetworkGroup[] {
  return labels(runs).flatMap(label => {
    const ours = runs.filter(run => run.label === label);
    const candidates = [...new Set(ours.map(({learningRate}) => learningRate))].map(
      learningRate => {
        const group = ours.filter(run => run.learningRate === learningRate);
        return {
          label,
          learningRate,
          runs: group,
          error: mean(group.map(run => run.validationError)),
        };
      },
    );
    const able = candidates.filter(({error}) => Number.isFinite(error));
    if (able.length === 0) return [];
    return able.reduce((a, b) => (b.error < a.error ? b : a));
  });
}

const labels = (runs: {label: string}[]): string[] => [...new Set(runs.map(({label}) => label))];

export const TABLE_HEAD = [
  'inputs',
  'condition number',
  'largest learning rate, predicted',
  'largest that trained',
  'steps to the target',
  'gradient turns',
  'test error, miles a gallon',
];

/** The rows under `TABLE_HEAD`. */
export function tableRows(linear: LinearResults, networks: NetworkRun[]): string[][] {
  const groups = networkGroups(networks);
  return linearGroups(linear).map(({label, largestRate, best, steps}) => {
    const known = linear.curvatures.find(each => each.label === label);
    const network = groups.find(each => each.label === label);
    return [
      label,
      known == null ? '-' : short(known.condition),
      known?.prediction?.largestLearningRate.toPrecision(2) ?? '-',
      largestRate == null ? 'none' : String(largestRate),
      steps == null ? 'not reached' : String(steps),
      best == null ? '-' : `${(100 * oscillation(best)).toFixed(0)}%`,
      network == null
        ? '-'
        : spread(
            network.runs.map(({testError}) => testError),
            2,
          ),
    ];
  });
}
