import * as tf from '@tensorflow/tfjs';
import {mean} from '../shared/statistics.js';
import {type Checkpoints, restore} from './checkpoint.js';
import {drifts, withoutLearning} from './drift.js';
import {generate} from './generate.js';
import {buildModel, crossEntropy} from './model.js';
import type {Experiment} from './options.js';
import {isDone, type Run} from './summary.js';
import {type Batch, type Corpus, evenBatches, trainingBatch} from './text.js';

const FINAL_BATCHES = 40;
const SAMPLE_LENGTH = 300;

export interface Task {
  experiment: Experiment;
  corpus: Corpus;
  checkpoints: Checkpoints;
  /** Stops after the current step. */
  signal: AbortSignal;
  /** Called after each step. */
  onStep: (run: Run) => void;
}

/** What the choice of the backend goes by: training steps on one batch, by themselves. */
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

/** Trains one model from where its checkpoint stands to its end, or until it is stopped. */
export async function train(
  normalization: Run['normalization'],
  seed: number,
  task: Task,
): Promise<Run> {
  const {experiment, corpus, checkpoints, signal} = task;
  const {run, weights} = checkpoints.read(normalization, seed);
  if (isDone(run)) return run;
  const settings = {...experiment, characters: corpus.characters.length};
  const model = buildModel(normalization, settings, seed);
  const optimizer = tf.train.adam(experiment.learningRate);
  if (weights != null) await restore(weights, model, optimizer);
  const validation = evenBatches(corpus.validation, experiment, experiment.validationBatches);

  while (run.losses.length < experiment.steps && !signal.aborted && !isDone(run)) {
    const isDue = run.losses.length % experiment.evaluateEvery === 0;
    if (isDue) evaluate(run, model, validation, task);
    await step(run, model, optimizer, task);
    if ((run.losses.length + 1) % experiment.evaluateEvery === 0) {
      await checkpoints.writeRunning(run, model, optimizer);
    }
  }
  if (run.losses.length === experiment.steps && !isDone(run)) {
    evaluate(run, model, validation, task);
    finish(run, model, task);
  }
  if (isDone(run)) checkpoints.writeDone(run);
  else await checkpoints.writeRunning(run, model, optimizer);
  tf.dispose(validation);
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
  // A signal arrives, and the progress bar is drawn, only between two turns of the event loop.
  await new Promise<void>(resolve => setImmediate(resolve));
}

/** One step of the optimizer. Returns the loss before it. */
async function trainStep(model: tf.LayersModel, optimizer: tf.Optimizer, {x, y}: Batch) {
  const variables = model.trainableWeights.map(weight => weight.read() as tf.Variable);
  const cost = optimizer.minimize(() => crossEntropy(model, x, y, true), true, variables)!;
  // Read from the backend, so that its work is done when the time is taken.
  const [loss] = await cost.data();
  cost.dispose();
  return loss;
}

function evaluate(run: Run, model: tf.LayersModel, validation: Batch[], task: Task): void {
  const {experiment, corpus} = task;
  const step = run.losses.length;
  // A checkpoint may stand right behind an evaluation.
  if (run.evaluations.at(-1)?.step === step) return;
  const next = trainingBatch(corpus.training, experiment, run.seed, step);
  run.evaluations.push({step, ...losses(model, validation), drifts: drifts(model, next.x)});
  tf.dispose(next);
}

function finish(run: Run, model: tf.LayersModel, {experiment, corpus}: Task): void {
  const batches = evenBatches(corpus.validation, experiment, FINAL_BATCHES);
  const text = generate(model, corpus, experiment.context, SAMPLE_LENGTH, run.seed);
  run.final = {...losses(model, batches), text};
  tf.dispose(batches);
}

/** On the same text with running statistics and, nothing learnt, with those of the batch. */
function losses(model: tf.LayersModel, batches: Batch[]) {
  const lossOf = (training: boolean) =>
    withoutLearning(model, () =>
      mean(
        batches.map(({x, y}) => tf.tidy(() => crossEntropy(model, x, y, training).dataSync()[0])),
      ),
    );
  return {inferenceLoss: lossOf(false), trainingLoss: lossOf(true)};
}
