import * as tf from '@tensorflow/tfjs';
import {type Digits, type Mnist, toBatch} from '../shared/mnist.js';
import {firstOnes, shuffled} from '../shared/order.js';
import {type Noisy, NO_CLASS, noisy, flowLoss} from './flow.js';
import {buildModel, type Conditioning} from './model.js';
import type {Experiment} from './options.js';
import type {Run} from './summary.js';

/** One digit of so many is drawn without its class, so that guidance knows where that leads. */
const UNTOLD = 10;
const WARMUP_STEPS = 50;
// The batch is small, since a step takes seconds without TensorFlow.
const TRIAL_BATCH = 16;
const TEST_DIGITS = 1000;
const TEST_SEED = 0;

/** A network with its optimizer and what is known of its training. */
export class Training {
  readonly run: Run;
  readonly model: tf.LayersModel;
  private readonly optimizer: tf.Optimizer;

  constructor(
    readonly conditioning: Conditioning,
    private readonly experiment: Experiment,
  ) {
    this.model = buildModel(conditioning, experiment);
    this.optimizer = tf.train.adam(experiment.learningRate, 0.9, 0.99);
    const parameters = this.model.countParams();
    this.run = {conditioning, parameters, losses: [], milliseconds: [], evaluations: []};
  }

  async step(batch: Noisy): Promise<void> {
    const {losses, milliseconds} = this.run;
    const start = performance.now();
    // Adam has no method for it.
    Object.assign(this.optimizer, {learningRate: this.learningRate(losses.length)});
    const variables = this.model.trainableWeights.map(weight => weight.read() as tf.Variable);
    const cost = this.optimizer.minimize(() => flowLoss(this.model, batch), true, variables)!;
    // The loss is read from the backend, so that its work is done when the time is taken.
    losses.push((await cost.data())[0]);
    milliseconds.push(performance.now() - start);
    cost.dispose();
  }

  /** The loss on digits that are not learnt from, with the same noise each time. */
  async evaluate({test}: Mnist): Promise<void> {
    const batch = noisyBatch(test, firstOnes(TEST_DIGITS), TEST_SEED);
    const loss = flowLoss(this.model, batch);
    this.run.evaluations.push({step: this.run.losses.length, loss: (await loss.data())[0]});
    tf.dispose([batch, loss]);
  }

  dispose(): void {
    this.optimizer.dispose();
    this.model.dispose();
  }

  /** It rises over the first steps, and falls over the second half. */
  private learningRate(step: number): number {
    const {learningRate, steps} = this.experiment;
    const rise = (step + 1) / WARMUP_STEPS;
    const fall = 2 * (1 - step / steps);
    return learningRate * Math.min(1, rise, fall);
  }
}

/** A batch of each step, the same for all networks. */
export function batches({training}: Mnist, {batch, seed}: Experiment): (step: number) => Noisy {
  const order = shuffled(training.labels.length, seed);
  const perEpoch = Math.floor(order.length / batch);
  return step => {
    const start = (step % perEpoch) * batch;
    return noisyBatch(training, order.subarray(start, start + batch), 1e6 * seed + step + 1);
  };
}

function noisyBatch(digits: Digits, indices: Uint32Array, seed: number): Noisy {
  const {x, y} = toBatch(digits, indices);
  const classes = Array.from(indices, (index, i) =>
    i % UNTOLD === 0 ? NO_CLASS : digits.labels[index],
  );
  const batch = noisy(x, classes, seed);
  tf.dispose([x, y]);
  return batch;
}

/** The training step whose time decides which backend is chosen. */
export function trialStep(mnist: Mnist, experiment: Experiment) {
  const training = new Training('adaptive', experiment);
  const batch = batches(mnist, {...experiment, batch: TRIAL_BATCH})(0);
  return {
    step: () => training.step(batch),
    dispose: () => {
      tf.dispose(batch);
      training.dispose();
    },
  };
}
