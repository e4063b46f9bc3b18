import * as tf from '@tensorflow/tfjs';
import {stepOn} from '../shared/backend.js';
import {type Batch, type Digits, type Mnist, toBatch} from '../shared/mnist.js';
import {firstOnes, shuffled} from '../shared/order.js';
import {nextTurn} from '../shared/program.js';
import {Batches} from './data.js';
import {accuracyOn, measure} from './evaluate.js';
import {
  buildModel,
  type Hyperparameters,
  type Network,
  NETWORKS,
  withSigmoidInputs,
} from './model.js';
import type {Run} from './summary.js';

export const BATCH_SIZE = 60;
/** How many test digits, drawn once, the curves are measured on. */
export const EVALUATED = 2000;

// The networks take turns, so that whatever else the machine does slows all of them alike; several
// steps at a time, so that most steps find the caches as their own network left them.
export const ROUND = 10;
// Ten turns are enough for a median. They are spread over the training, so that all are timed under
// the same conditions.
const TIME_ONLY_TURNS = 10;

export interface TrainingArgs extends Hyperparameters {
  networks: Network[];
  mnist: Mnist;
  /** The steps at which to evaluate; the last one ends the training. */
  evaluateAt: number[];
  /** Whether to evaluate on all test digits at the end. */
  evaluateFully: boolean;
  /** Stops after the current step. */
  signal: AbortSignal;
  /** Called after each turn of a network. */
  onProgress: (run: Run) => void;
}

/** The training step whose time decides which backend is chosen. */
export const trialStep = (digits: Digits, params: Hyperparameters) =>
  stepOn(buildModel(NETWORKS.batchNorm, params), toBatch(digits, firstOnes(BATCH_SIZE)));

interface Trainee {
  run: Run;
  model: tf.Sequential;
  /** The distance in steps between its turns. */
  stride: number;
}

/**
 * Trains the networks on the same batches. Returns the runs, which are shorter if it was stopped.
 */
export async function train(args: TrainingArgs): Promise<Run[]> {
  const {networks, mnist, evaluateAt, seed, signal} = args;
  const trainees = networks.map(network => toTrainee(network, args));
  const batches = new Batches(mnist.training, BATCH_SIZE, seed);
  const digits = toBatch(mnist.test, drawn(mnist, seed));
  let step = 0;
  for (const pause of evaluateAt) {
    while (step < pause && !signal.aborted) {
      const size = Math.min(ROUND, pause - step);
      const round = Array.from({length: size}, (_, i) => batches.at(step + i));
      for (const trainee of trainees) {
        if (step % trainee.stride === 0) await takeTurn(trainee, round, args);
      }
      tf.dispose(round);
      step += size;
    }
    for (const trainee of trainees) await evaluate(trainee, digits, step, signal);
  }
  tf.dispose(digits);
  if (args.evaluateFully && !signal.aborted) await evaluateFully(trainees, mnist, signal);
  for (const {model} of trainees) model.dispose();
  return trainees.map(({run}) => run);
}

function toTrainee(network: Network, args: TrainingArgs): Trainee {
  const {label, builtIn, timeOnly} = network;
  const steps = Math.max(...args.evaluateAt);
  const rounds = Math.ceil(steps / ROUND);
  const stride = ROUND * (timeOnly ? Math.ceil(rounds / TIME_ONLY_TURNS) : 1);
  const planned = ROUND * Math.floor(steps / stride) + Math.min(ROUND, steps % stride);
  return {
    run: {label, builtIn, timeOnly, planned, losses: [], milliseconds: [], evaluations: []},
    model: buildModel(network, args),
    stride,
  };
}

const drawn = (mnist: Mnist, seed: number) =>
  shuffled(mnist.test.labels.length, seed).subarray(0, EVALUATED);

async function takeTurn({run, model}: Trainee, round: Batch[], args: TrainingArgs) {
  for (const {x, y} of round) {
    if (args.signal.aborted) break;
    const start = performance.now();
    // The loss is read from the backend, so that its work is done when the time is taken.
    run.losses.push((await model.trainOnBatch(x, y)) as number);
    run.milliseconds.push(performance.now() - start);
    await nextTurn();
  }
  args.onProgress(run);
}

async function evaluate({run, model}: Trainee, digits: Batch, step: number, signal: AbortSignal) {
  if (signal.aborted || run.timeOnly) return;
  run.evaluations.push({step, ...measure(digits, withSigmoidInputs(model))});
  await nextTurn();
}

async function evaluateFully(trainees: Trainee[], mnist: Mnist, signal: AbortSignal) {
  const indices = firstOnes(mnist.test.labels.length);
  const [test, training] = [mnist.test, mnist.training].map(digits => toBatch(digits, indices));
  for (const {run, model} of trainees) {
    if (signal.aborted || run.timeOnly) continue;
    run.finalAccuracy = accuracyOn(test, model);
    run.trainingAccuracy = accuracyOn(training, model);
    await nextTurn();
  }
  tf.dispose([test, training]);
}
