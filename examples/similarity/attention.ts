import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {CLASSES, type Mnist, SIDE, toBatch} from '../shared/mnist.js';
import {firstOnes, shuffled} from '../shared/order.js';
import {nextTurn} from '../shared/program.js';
import {mean} from '../shared/statistics.js';

/** An image is seen as 7 x 7 patches of 4 x 4 pixels. */
const PATCH = 4;
const ACROSS = SIDE / PATCH;
const PATCHES = ACROSS ** 2;
const HIDDEN = 64;
const VALUES = 32;
export const BATCH_SIZE = 60;
export const LEARNING_RATE = 0.01;
export const EVALUATED = 2000;

/** How scores become weights. */
export interface Weighting {
  label: string;
  activation: 'softmax' | 'relu' | 'linear';
  /** Whether L1 normalization follows, so that the weights' sizes have the sum 1. */
  l1: boolean;
}

export const WEIGHTINGS: Weighting[] = [
  {label: 'softmax', activation: 'softmax', l1: false},
  {label: 'L1 of relu', activation: 'relu', l1: true},
  {label: 'L1, signed', activation: 'linear', l1: true},
];

/**
 * Attention as in Bahdanau et al. 2015 (https://arxiv.org/abs/1409.0473), with one query that is
 * learnt: a score for each patch, weights from the scores, and the weighted sum of the patches'
 * values, from which the digit is told.
 *
 *     input    [batch, 49, 65]   pixels of each patch, and where it is, one-hot
 *     outputs  [batch, 10]       logits
 *              [batch, 49]       weights
 */
function buildModel({activation, l1}: Weighting, seed: number): tf.LayersModel {
  const dense = (position: number, args: Parameters<typeof tf.layers.dense>[0]) =>
    tf.layers.dense({
      kernelInitializer: tf.initializers.glorotNormal({seed: 10 * seed + position + 1}),
      ...args,
    });
  const input = tf.input({shape: [PATCHES, PATCH ** 2 + PATCHES]});
  const hidden = dense(0, {units: HIDDEN, activation: 'relu'}).apply(input);
  // Relu lets nothing through where all scores are negative: they start around 1.
  const scores = dense(1, {units: 1, biasInitializer: 'ones'}).apply(hidden);
  const flat = tf.layers.reshape({targetShape: [PATCHES]}).apply(scores);
  const activated = tf.layers.activation({activation}).apply(flat);
  const weights = l1 ? tfn.layers.l1Normalization().apply(activated) : activated;
  const values = dense(2, {units: VALUES}).apply(hidden);
  const pooled = tf.layers.dot({axes: 1}).apply([weights, values] as tf.SymbolicTensor[]);
  const logits = dense(4, {units: CLASSES}).apply(
    dense(3, {units: HIDDEN, activation: 'relu'}).apply(pooled),
  );
  return tf.model({inputs: input, outputs: [logits, weights] as tf.SymbolicTensor[]});
}

/** Cuts images into patches and says where each is. */
const toPatches = (x: tf.Tensor2D): tf.Tensor3D =>
  tf.tidy(() => {
    const count = x.shape[0];
    const grid = tf.reshape(x, [count, ACROSS, PATCH, ACROSS, PATCH]);
    const pixels = tf.reshape(tf.transpose(grid, [0, 1, 3, 2, 4]), [count, PATCHES, PATCH ** 2]);
    const places = tf.tile(tf.expandDims(tf.eye(PATCHES), 0), [count, 1, 1]);
    return tf.concat([pixels, places], 2) as tf.Tensor3D;
  });

/** The measures of a trained model on the test digits. */
export interface Attention {
  accuracy: number;
  /** The entropy of the weights' sizes over that of equal weights, mean over the digits. */
  entropy: number;
  /** The share of the weights that are exactly 0. */
  zeros: number;
  /** How many patches, the heaviest first, hold 90% of the weight. */
  patches: number;
  /** The mean size of the heaviest weight, of the next, and so on. */
  ranked: number[];
}

export interface AttentionTask {
  weighting: Weighting;
  seed: number;
  steps: number;
  mnist: Mnist;
  /** Stops after the current step. */
  signal: AbortSignal;
}

/** Trains a model and measures its attention. */
export async function trainAttention(task: AttentionTask): Promise<Attention & {loss: number}> {
  const {weighting, seed, steps, mnist, signal} = task;
  const model = buildModel(weighting, seed);
  const optimizer = tf.train.adam(LEARNING_RATE);
  const variables = model.trainableWeights.map(weight => weight.read() as tf.Variable);
  const order = shuffled(mnist.training.labels.length, seed);
  let last = NaN;
  for (let step = 0; step < steps && !signal.aborted; step++) {
    const at = Array.from({length: BATCH_SIZE}, (_, i) => (step * BATCH_SIZE + i) % order.length);
    const {x, y} = toBatch(
      mnist.training,
      at.map(i => order[i]),
    );
    const patches = toPatches(x);
    const loss = optimizer.minimize(
      () => {
        const [logits] = model.apply(patches, {training: true}) as tf.Tensor[];
        return tf.losses.softmaxCrossEntropy(y, logits);
      },
      true,
      variables,
    )!;
    [last] = await loss.data();
    tf.dispose([x, y, patches, loss]);
    await nextTurn();
  }
  const attention = measure(model, mnist);
  optimizer.dispose();
  model.dispose();
  return {...attention, loss: last};
}

function measure(model: tf.LayersModel, mnist: Mnist): Attention {
  const {accuracy, weights} = tf.tidy(() => {
    const {x, y} = toBatch(mnist.test, firstOnes(EVALUATED));
    const [logits, weights] = model.predict(toPatches(x), {batchSize: 500}) as tf.Tensor[];
    const right = tf.equal(tf.argMax(logits, -1), tf.argMax(y, -1));
    return {
      accuracy: tf.mean(right).dataSync()[0],
      weights: tf.abs(weights).arraySync() as number[][],
    };
  });
  const sorted = weights.map(row => row.sort((a, b) => b - a));
  return {
    accuracy,
    entropy: mean(sorted.map(entropy)) / Math.log(PATCHES),
    zeros: mean(sorted.map(row => row.filter(weight => weight === 0).length / row.length)),
    patches: mean(sorted.map(heaviest)),
    ranked: sorted[0].map((_, rank) => mean(sorted.map(row => row[rank]))),
  };
}

/** In nats; the weights' sum is 1. */
const entropy = (weights: number[]): number =>
  -weights.reduce((sum, weight) => sum + (weight > 0 ? weight * Math.log(weight) : 0), 0);

const MOST = 0.9;

function heaviest(sorted: number[]): number {
  let sum = 0;
  const count = sorted.findIndex(weight => (sum += weight) >= MOST);
  return count < 0 ? sorted.length : count + 1;
}
