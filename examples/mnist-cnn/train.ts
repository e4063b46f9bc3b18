import * as tf from '@tensorflow/tfjs';
import {stepOn} from '../shared/backend.js';
import {type Digits, type Mnist, SIDE, toBatch} from '../shared/mnist.js';
import {firstOnes, shuffled} from '../shared/order.js';
import {nextTurn} from '../shared/program.js';
import {median} from '../shared/statistics.js';
import {buildModel, NORMALIZATIONS} from './model.js';
import type {Run} from './summary.js';

/** The learning rate goes with the batch, so that an epoch goes as far with each. */
const LEARNING_RATE = 0.1 / 32;

// The batch is small, since a digit takes half a second without TensorFlow.
const TRIAL_BATCH = 2;
const TEST_BATCH = 500;

type Training = {
  normalization: (typeof NORMALIZATIONS)[number];
  batchSize: number;
  examples: number;
  seed: number;
  mnist: Mnist;
  signal: AbortSignal;
  onProgress: (step: number, steps: number, loss: number) => void;
};

/** The training step whose time decides which backend is chosen. */
export const trialStep = (digits: Digits) =>
  stepOn(
    buildModel(NORMALIZATIONS[0], {learningRate: LEARNING_RATE, seed: 1}),
    toImages(digits, firstOnes(TRIAL_BATCH)),
  );

/** Trains a network. Returns null if it is stopped before the end. */
export async function train(training: Training): Promise<Run | null> {
  const {normalization, batchSize, examples, seed, mnist, signal, onProgress} = training;
  const model = buildModel(normalization, {learningRate: LEARNING_RATE * batchSize, seed});
  const order = shuffled(mnist.training.labels.length, seed).subarray(0, examples);
  const steps = Math.floor(examples / batchSize);
  const milliseconds: number[] = [];
  for (let step = 0; step < steps && !signal.aborted; step++) {
    const indices = order.subarray(step * batchSize, (step + 1) * batchSize);
    const {x, y} = toImages(mnist.training, indices);
    const start = performance.now();
    const loss = (await model.trainOnBatch(x, y)) as number;
    milliseconds.push(performance.now() - start);
    tf.dispose([x, y]);
    onProgress(step + 1, steps, loss);
    await nextTurn();
  }
  const run = signal.aborted
    ? null
    : {
        ...{label: normalization.label, batchSize},
        error: errorOf(model, mnist.test),
        milliseconds: median(milliseconds),
      };
  model.dispose();
  return run;
}

function errorOf(model: tf.LayersModel, test: Digits): number {
  const all = firstOnes(test.labels.length);
  let wrong = 0;
  for (let start = 0; start < all.length; start += TEST_BATCH) {
    wrong += tf.tidy(() => {
      const {x, y} = toImages(test, all.subarray(start, start + TEST_BATCH));
      const guesses = (model.predict(x) as tf.Tensor).argMax(-1);
      return tf.sum(tf.cast(tf.notEqual(guesses, y.argMax(-1)), 'float32')).dataSync()[0];
    });
  }
  return wrong / all.length;
}

/** x: [batch, 28, 28, 1], from -0.5 to 0.5; y: [batch, 10], one-hot. */
const toImages = (digits: Digits, indices: ArrayLike<number>) =>
  tf.tidy(() => {
    const {x, y} = toBatch(digits, indices);
    return {x: tf.sub(tf.reshape(x, [-1, SIDE, SIDE, 1]), 0.5), y};
  });
