import {type Curvature, curvature, leastLoss, standardized} from './curvature.js';
import {type Rows, split} from './data.js';
import {INPUTS} from './model.js';
import {mean} from '../shared/statistics.js';
import {short} from '../shared/words.js';
import {type LinearResults, type LinearRun, type NetworkRun} from './summary.js';
import {BATCH_SIZE, HIDDEN, lossOn, type Task, train} from './train.js';

/** Half decades, from where raw features train to where nothing does. */
const LINEAR_RATES = [-8, -7, -6, -5, -4, -3, -2, -1, 0].flatMap(power =>
  power === 0 ? [1] : [Number(`1e${power}`), Number(`3e${power}`)],
);
const NETWORK_RATES = [1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/** The loss to reach, in units of the least that a linear model can have. */
const TARGET = 1.1;

/** The split of the linear models, which have nothing else that is random. */
const SPLIT_SEED = 1;

export type Training = {
  cars: Rows;
  steps: number;
  signal: AbortSignal;
  /** Called after each training. */
  onProgress: (label: string, done: number, all: number, status: string) => void;
};

/** Full-batch gradient descent on a linear model, at each learning rate. */
export async function trainLinear({
  cars,
  steps,
  signal,
  onProgress,
}: Training): Promise<LinearResults> {
  const rows = split(cars, SPLIT_SEED).training;
  const results: LinearResults = {
    rows: rows.y.length,
    targetLoss: TARGET * leastLoss(rows),
    curvatures: [],
    runs: [],
  };
  for (const input of Object.values(INPUTS)) {
    // While batch norm's gamma is 1 and its beta 0, its outputs are those of Normalization.
    const {condition, largestLearningRate, stepsTo} = curvature(
      input === INPUTS.raw ? rows : standardized(rows),
    );
    for (const [i, learningRate] of LINEAR_RATES.entries()) {
      const run = await trained({input, rows, hidden: 0, learningRate, steps, seed: 1, signal});
      if (signal.aborted) return results;
      results.runs.push({label: input.label, learningRate, ...run});
      const status = `rate ${learningRate}  loss ${short(run.losses.at(-1)!)}`;
      onProgress(`linear, ${input.label}`, i + 1, LINEAR_RATES.length, status);
    }
    results.curvatures.push({
      ...{label: input.label, condition},
      // Batch norm also trains gamma and beta, so that the curvature changes.
      prediction:
        input === INPUTS.batchNorm
          ? null
          : {largestLearningRate, fewestSteps: fewest(results, input.label, stepsTo)},
    });
  }
  return results;
}

/** The fewest steps to the target, at the learning rates that were tried. */
function fewest(
  {runs, targetLoss}: LinearResults,
  label: string,
  stepsTo: Curvature['stepsTo'],
): number | null {
  const steps = runs
    .filter(run => run.label === label)
    .flatMap(({learningRate}) => stepsTo(targetLoss, learningRate) ?? []);
  return steps.length === 0 ? null : Math.min(...steps);
}

/** The network in batches, at each learning rate, with each seed. */
export async function trainNetworks({
  cars,
  steps,
  seeds,
  signal,
  onProgress,
}: Training & {seeds: number}): Promise<NetworkRun[]> {
  const runs: NetworkRun[] = [];
  const all = seeds * NETWORK_RATES.length;
  for (const input of Object.values(INPUTS)) {
    let done = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      const {training, validation, test} = split(cars, seed);
      for (const learningRate of NETWORK_RATES) {
        const common = {hidden: HIDDEN, batchSize: BATCH_SIZE};
        const task = {input, rows: training, ...common, learningRate, steps, seed, signal};
        const {model, diverged} = await train(task);
        const error = (rows: Rows) => (diverged ? Infinity : Math.sqrt(lossOn(model, rows)));
        const errors = {
          trainingError: error(training),
          validationError: error(validation),
          testError: error(test),
        };
        model.dispose();
        if (signal.aborted) return runs;
        const level = meanError(training, test);
        runs.push({label: input.label, seed, learningRate, diverged, ...errors, meanError: level});
        const status = `rate ${learningRate}  error ${short(errors.testError)}`;
        onProgress(`network, ${input.label}`, ++done, all, status);
      }
    }
  }
  return runs;
}

/** The error of whoever guesses the training rows' mean. */
function meanError(training: Rows, test: Rows): number {
  const guess = mean(training.y);
  return Math.sqrt(mean(test.y.map(y => (y - guess) ** 2)));
}

async function trained(task: Task): Promise<Omit<LinearRun, 'label' | 'learningRate'>> {
  const {model, ...progress} = await train(task);
  model.dispose();
  return progress;
}
