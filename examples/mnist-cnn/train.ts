import * as tf from '@tensorflow/tfjs';
import {type Checkpoint, setWeights, weightsOf} from './checkpoint.js';
import {type Digits, drawn, toBatch} from './data.js';
import {buildModel, type NORMALIZATIONS} from './model.js';
import {median, type Run} from './summary.js';

/** The learning rate goes with the batch, so that an epoch goes as far with each. */
const LEARNING_RATE = 0.1 / 32;
const KEEP_EVERY = 100;

type Training = {
  normalization: (typeof NORMALIZATIONS)[number];
  batchSize: number;
  examples: number;
  seed: number;
  digits: {training: Digits; test: Digits};
  from: Checkpoint['current'];
  signal: AbortSignal;
  onProgress: (step: number, steps: number, loss: number) => void;
  keep: (current: Checkpoint['current']) => void;
};

/** Trains to the end, or keeps what there is when it is told to stop and returns null. */
export async function train(training: Training): Promise<Run | null> {
  const {normalization, batchSize, examples, seed, digits, from, keep} = training;
  const model = buildModel(normalization, {learningRate: LEARNING_RATE * batchSize, seed});
  if (from != null) setWeights(model, from.weights);
  const order = drawn(digits.training, examples, seed);
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
        digits.training,
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
    const error = errorOf(model, digits.test);
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
