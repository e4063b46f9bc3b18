import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {type Batch, type Digits, PIXELS, toBatch} from '../shared/mnist.js';
import {firstOnes, shuffled} from '../shared/order.js';
import {nextTurn} from '../shared/program.js';
import {indicesOf, SEEN} from './digits.js';

const HIDDEN = 128;
export const EMBEDDING = 32;
export const BATCH_SIZE = 100;
export const LEARNING_RATE = 0.001;

/** Is added to a digit's similarity to itself, so that it does not count. */
const NOWHERE = -1e9;

/** Two dense layers; with `unit` the embeddings get length 1, so that products are cosines. */
function buildModel(unit: boolean, seed: number): tf.Sequential {
  const kernel = (position: number) => tf.initializers.heNormal({seed: 10 * seed + position + 1});
  const model = tf.sequential();
  model.add(
    tf.layers.dense({
      units: HIDDEN,
      activation: 'relu',
      kernelInitializer: kernel(0),
      inputShape: [PIXELS],
    }),
  );
  model.add(tf.layers.dense({units: EMBEDDING, kernelInitializer: kernel(1)}));
  if (unit) model.add(tfn.layers.unitNormalization());
  return model;
}

/**
 * The supervised contrastive loss of Khosla et al. 2020 (https://arxiv.org/abs/2004.11362): each
 * digit is to tell those of its class from the rest of the batch by their similarity.
 *
 * @param z [digits, embedding]
 * @param y [digits, 10], one-hot
 */
const contrastiveLoss = (z: tf.Tensor, y: tf.Tensor, temperature: number): tf.Scalar =>
  tf.tidy(() => {
    const itself = tf.eye(z.shape[0]);
    const similarity = tf.div(tf.matMul(z, z, false, true), temperature);
    const logits = tf.add(similarity, tf.mul(itself, NOWHERE));
    const positive = tf.sub(tf.matMul(y, y, false, true), itself);
    // A digit has no logarithm of a share in itself: its place counts as 0.
    const logShares = tf.mul(tf.logSoftmax(logits), tf.sub(1, itself));
    const perDigit = tf.div(
      tf.sum(tf.mul(positive, logShares), 1),
      tf.maximum(tf.sum(positive, 1), 1),
    );
    return tf.neg(tf.mean(perDigit));
  });

function trainStep(
  model: tf.Sequential,
  optimizer: tf.Optimizer,
  {x, y}: Batch,
  temperature: number,
): tf.Scalar {
  const variables = model.trainableWeights.map(weight => weight.read() as tf.Variable);
  const loss = () => contrastiveLoss(model.apply(x, {training: true}) as tf.Tensor, y, temperature);
  return optimizer.minimize(loss, true, variables)!;
}

/** The training step whose time decides which backend is chosen. */
export function trialStep(digits: Digits) {
  const model = buildModel(true, 1);
  const optimizer = tf.train.adam(LEARNING_RATE);
  const batch = toBatch(digits, firstOnes(BATCH_SIZE));
  return {
    step: async () => {
      const loss = trainStep(model, optimizer, batch, 1);
      await loss.data();
      loss.dispose();
    },
    dispose: () => {
      tf.dispose([batch.x, batch.y]);
      optimizer.dispose();
      model.dispose();
    },
  };
}

export interface EmbeddingTask {
  unit: boolean;
  temperature: number;
  seed: number;
  steps: number;
  digits: Digits;
  /** Stops after the current step. */
  signal: AbortSignal;
}

/** Trains an embedding on the digits of `SEEN` alone. The caller disposes of the model. */
export async function trainEmbedding(
  task: EmbeddingTask,
): Promise<{model: tf.Sequential; loss: number}> {
  const {unit, temperature, seed, steps, digits, signal} = task;
  const model = buildModel(unit, seed);
  const optimizer = tf.train.adam(LEARNING_RATE);
  const seen = indicesOf(digits, SEEN);
  const order = shuffled(seen.length, seed);
  let last = NaN;
  for (let step = 0; step < steps && !signal.aborted; step++) {
    const at = Array.from({length: BATCH_SIZE}, (_, i) => (step * BATCH_SIZE + i) % order.length);
    const batch = toBatch(
      digits,
      at.map(i => seen[order[i]]),
    );
    const loss = trainStep(model, optimizer, batch, temperature);
    [last] = await loss.data();
    tf.dispose([loss, batch.x, batch.y]);
    await nextTurn();
  }
  optimizer.dispose();
  return {model, loss: last};
}
