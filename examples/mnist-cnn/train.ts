import * as tf from '@tensorflow/tfjs';
import {type Digits, type Mnist, shuffled} from '../shared/mnist.js';
import {median} from '../shared/statistics.js';
import {type Checkpoint, setWeights, weightsOf} from './checkpoint.js';
import {toBatch} from './data.js';
import {buildModel, NORMALIZATIONS} from './model.js';
import type {Run} from './summary.js';

/** The learning rate goes with the batch, so that an epoch goes as far with each. */
const LEARNING_RATE = 0.1 / 32;
const KEEP_EVERY = 100;

type Training = {
  normalization: (typeof NORMALIZATIONS)[number];
  batchSize: number;
  examples: number;
  seed: number;
  mnist: Mnist;
  from: Checkpoint['current'];
  signal: AbortSignal;
  onProgress: (step: number, steps: number, loss: number) => void;
  keep: (current: Checkpoint['current']) => void;
};

// Few: without TensorFlow a digit takes half a second.
const TRIAL_BATCH = 2;

/** What the choice of the backend goes by: training steps on one batch, by themselves. */
export function trialStep(digits: Digits) {
  const model = buildModel(NORMALIZATIONS[0], {learningRate: LEARNING_RATE, seed: 1});
  const {x, y} = toBatch(
    digits,
    Uint32Array.from({length: TRIAL_BATCH}, (_, i) => i),
  );
  return {
    step: () => model.trainOnBatch(x, y),
    dispose: () => {
      tf.dispose([x, y]);
      model.dispose();
    },
  };
}

/** Trains to the end, or keeps what there is when it is told to stop and returns null. */
export async function train(training: Training): Promise<Run | null> {
  const {normalization, batchSize, examples, seed, mnist, from, keep} = training;
  const model = buildModel(normalization, {learningRate: LEARNING_RATE * batchSize, seed});
  if (from != null) setWeights(model, from.weights);
  const order = shuffled(mnist.training.labels.length, seed).subarray(0, examples);
  const steps = Math.floor(examples / batchSize);
  const milliseconds = from?.milliseconds ?? [];
  const state = (step: number) => ({step, milliseconds, weights: weightsOf(model)});
  try {
    for (let step = from?.step ?? 0; step < steps; step++) {
      if (training.signal.aborted) {
        keep(state(step));
        return null;
      }
      if (step % KEEP_EVERY === 0 && step > 0) keep(state(step));
      const {x, y} = toBatch(
        mnist.training,
        order.subarray(step * batchSize, (step + 1) * batchSize),
      );
      const start = performance.now();
      const loss = (await model.trainOnBatch(x, y)) as number;
      milliseconds.push(performance.now() - start);
      tf.dispose([x, y]);
      training.onProgress(step + 1, steps, loss);
      // Signals are heard between turns only.
      await tf.nextFrame();
    }
    const error = errorOf(model, mnist.test);
    return {label: normalization.label, batchSize, error, milliseconds: median(milliseconds)};
  } finally {
    model.dispose();
  }
}

const TEST_BATCH = 500;

function errorOf(model: tf.LayersModel, test: Digits): number {
  let wrong = 0;
  for (let start = 0; start < test.labels.length; start += TEST_BATCH) {
    wrong += tf.tidy(() => {
      const indices = Array.from({length: TEST_BATCH}, (_, i) => start + i);
      const {x, y} = toBatch(test, indices);
      const guesses = (model.predict(x) as tf.Tensor).argMax(-1);
      return tf.sum(tf.cast(tf.notEqual(guesses, y.argMax(-1)), 'float32')).dataSync()[0];
    });
  }
  return wrong / test.labels.length;
}
