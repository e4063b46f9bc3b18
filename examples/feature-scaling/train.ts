import * as tf from '@tensorflow/tfjs';
import {nextTurn} from '../shared/program.js';
import {firstOnes, shuffled} from '../shared/order.js';
import type {Rows} from './data.js';
import {buildModel, type Input, INPUTS} from './model.js';

/** The units of the network's hidden layer. */
export const HIDDEN = 32;
/** The rows of a batch of the network; the linear model sees all rows in each step. */
export const BATCH_SIZE = 32;

/** A loss so many times the first one will not come back. */
const HOPELESS = 1e6;

/** The task of one training. */
export interface Task {
  input: Input;
  rows: Rows;
  /** Hidden units; 0 for a linear model. */
  hidden: number;
  /** Absent: all rows. */
  batchSize?: number;
  learningRate: number;
  steps: number;
  seed: number;
  /** Stops after the current step. */
  signal: AbortSignal;
}

/** How one training went. */
export interface Progress {
  /** The loss before each step; shorter than planned if it diverged. */
  losses: number[];
  /** The cosine of the angle between each step's gradient and the one before. */
  cosines: number[];
  diverged: boolean;
}

type Batch = {x: tf.Tensor2D; y: tf.Tensor2D};

const toTensors = ({x, y}: Rows): Batch => ({
  x: tf.tensor2d(x),
  y: tf.tensor2d(y, [y.length, 1]),
});

/** The training step whose time decides which backend is chosen. */
export function trialStep(rows: Rows) {
  const batch = toTensors(rows);
  const building = buildModel(INPUTS.batchNorm, {x: batch.x, hidden: HIDDEN, seed: 1});
  return {
    step: async () => gradients(await building, batch),
    dispose: () => {
      tf.dispose(batch);
      void building.then(model => model.dispose());
    },
  };
}

/** Trains a model by stochastic gradient descent. The caller disposes of the model. */
export async function train(task: Task): Promise<Progress & {model: tf.Sequential}> {
  const {input, rows, hidden, seed, steps, learningRate, signal} = task;
  const all = toTensors(rows);
  const model = await buildModel(input, {x: all.x, hidden, seed});
  const optimizer = tf.train.sgd(learningRate);
  const progress: Progress = {losses: [], cosines: [], diverged: false};
  let before: Float32Array | null = null;
  for (let step = 0; step < steps && !progress.diverged && !signal.aborted; step++) {
    const batch = batchOf(all, task, step);
    const {loss, gradient, named} = await gradients(model, batch);
    if (before != null) progress.cosines.push(cosine(gradient, before));
    before = gradient;
    progress.losses.push(loss);
    progress.diverged = !(loss <= HOPELESS * Math.max(1, progress.losses[0]));
    optimizer.applyGradients(named);
    tf.dispose(named);
    if (batch !== all) tf.dispose(batch);
    if (step % 20 === 0) await nextTurn();
  }
  tf.dispose(all);
  optimizer.dispose();
  return {...progress, model};
}

/** The batches of an epoch are in an order of their own. */
function batchOf(all: Batch, {rows, batchSize, seed}: Task, step: number): Batch {
  if (batchSize == null) return all;
  const count = rows.y.length;
  const perEpoch = Math.max(1, Math.floor(count / batchSize));
  const [epoch, start] = [Math.floor(step / perEpoch), (step % perEpoch) * batchSize];
  const order = count <= batchSize ? firstOnes(count) : shuffled(count, 1000 * seed + epoch);
  const indices = order.slice(start, start + batchSize);
  return tf.tidy(() => {
    const at = tf.tensor1d(Int32Array.from(indices), 'int32');
    return {x: tf.gather(all.x, at), y: tf.gather(all.y, at)};
  });
}

/** The loss, its gradient by all weights as one vector, and by each weight's name. */
async function gradients(model: tf.Sequential, {x, y}: Batch) {
  const variables = model.trainableWeights.map(weight => weight.read() as tf.Variable);
  const {value, grads} = tf.variableGrads(
    () => tf.losses.meanSquaredError(y, model.apply(x, {training: true}) as tf.Tensor),
    variables,
  );
  const flat = tf.tidy(() =>
    tf.concat([
      tf.reshape(value, [1]),
      ...Object.values(grads).map(each => tf.reshape(each, [-1])),
    ]),
  );
  const values = (await flat.data()) as Float32Array;
  tf.dispose([value, flat]);
  return {loss: values[0], gradient: values.subarray(1), named: grads};
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] ** 2;
    bb += b[i] ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** The mean squared error of a model at inference. */
export const lossOn = (model: tf.Sequential, rows: Rows): number =>
  tf.tidy(() => {
    const {x, y} = toTensors(rows);
    return tf.losses.meanSquaredError(y, model.predict(x) as tf.Tensor).dataSync()[0];
  });
