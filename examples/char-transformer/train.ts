import * as tf from '@tensorflow/tfjs';
import {nextTurn} from '../shared/program.js';
import {mean} from '../shared/statistics.js';
import {drifts, withoutLearning} from './drift.js';
import {buildModel, crossEntropy} from './model.js';
import type {Experiment} from './options.js';
import {newRun, type Run} from './summary.js';
import {type Batch, type Corpus, evenBatches, trainingBatch} from './text.js';

// A model is evaluated on so many batches of the validation text, during its training and after it.
const VALIDATION_BATCHES = 10;
const FINAL_BATCHES = 40;

export interface Task {
  experiment: Experiment;
  corpus: Corpus;
  /** Stops after the current step. */
  signal: AbortSignal;
  /** Called after each step. */
  onStep: (run: Run) => void;
}

/** The training step whose time decides which backend is chosen. */
export function trialStep(experiment: Experiment, corpus: Corpus) {
  const characters = corpus.characters.length;
  const model = buildModel('power', {...experiment, characters}, 1);
  const optimizer = tf.train.adam(experiment.learningRate);
  const batch = trainingBatch(corpus.training, experiment, 1, 0);
  return {
    step: () => trainStep(model, optimizer, batch),
    dispose: () => {
      tf.dispose(batch);
      optimizer.dispose();
      model.dispose();
    },
  };
}

/** Trains one model to its end, or until it is stopped. */
export async function train(
  normalization: Run['normalization'],
  seed: number,
  task: Task,
): Promise<Run> {
  const {experiment, corpus, signal} = task;
  const run = newRun(normalization, seed);
  const characters = corpus.characters.length;
  const model = buildModel(normalization, {...experiment, characters}, seed);
  const optimizer = tf.train.adam(experiment.learningRate);
  const [validation, final] = [VALIDATION_BATCHES, FINAL_BATCHES].map(count =>
    evenBatches(corpus.validation, experiment, count),
  );
  while (run.losses.length < experiment.steps && run.diverged == null && !signal.aborted) {
    const isDue = run.losses.length % experiment.evaluateEvery === 0;
    if (isDue) evaluate(run, model, validation, task);
    await step(run, model, optimizer, task);
  }
  if (run.losses.length === experiment.steps && run.diverged == null) {
    evaluate(run, model, validation, task);
    run.final = losses(model, final);
  }
  tf.dispose([validation, final]);
  optimizer.dispose();
  model.dispose();
  return run;
}

async function step(run: Run, model: tf.LayersModel, optimizer: tf.Optimizer, task: Task) {
  const {experiment, corpus, onStep} = task;
  const batch = trainingBatch(corpus.training, experiment, run.seed, run.losses.length);
  const start = performance.now();
  const loss = await trainStep(model, optimizer, batch);
  run.milliseconds.push(performance.now() - start);
  run.losses.push(loss);
  if (!Number.isFinite(loss)) run.diverged = run.losses.length;
  tf.dispose(batch);
  onStep(run);
  await nextTurn();
}

/** One step of the optimizer. Returns the loss before it. */
async function trainStep(model: tf.LayersModel, optimizer: tf.Optimizer, {x, y}: Batch) {
  const variables = model.trainableWeights.map(weight => weight.read() as tf.Variable);
  const cost = optimizer.minimize(() => crossEntropy(model, x, y, true), true, variables)!;
  // The loss is read from the backend, so that its work is done when the time is taken.
  const [loss] = await cost.data();
  cost.dispose();
  return loss;
}

function evaluate(run: Run, model: tf.LayersModel, validation: Batch[], task: Task): void {
  const {experiment, corpus} = task;
  const step = run.losses.length;
  const next = trainingBatch(corpus.training, experiment, run.seed, step);
  run.evaluations.push({step, ...losses(model, validation), drifts: drifts(model, next.x)});
  tf.dispose(next);
}

/**
 * The losses on the same text: with running statistics, and with the batch's, from which nothing is
 * learnt.
 */
function losses(model: tf.LayersModel, batches: Batch[]) {
  const lossOf = (training: boolean) =>
    withoutLearning(model, () =>
      mean(
        batches.map(({x, y}) => tf.tidy(() => crossEntropy(model, x, y, training).dataSync()[0])),
      ),
    );
  return {inferenceLoss: lossOf(false), trainingLoss: lossOf(true)};
}
