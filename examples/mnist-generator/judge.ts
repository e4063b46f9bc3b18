import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {CLASSES, type Digits, type Mnist, PIXELS, toBatch} from '../shared/mnist.js';
import {firstOnes, shuffled} from '../shared/order.js';

const BATCH = 128;
const UNITS = 128;
const TEST_DIGITS = 2000;

/** A classifier, which says of drawn digits what they look like. */
export interface Judge {
  model: tf.LayersModel;
  /** The share of real digits. */
  accuracy: number;
}

export async function trainJudge(
  {training, test}: Mnist,
  steps: number,
  seed: number,
): Promise<Judge> {
  const model = tf.sequential();
  const initializer = (position: number) => tf.initializers.heNormal({seed: 10 * seed + position});
  model.add(
    tf.layers.dense({units: UNITS, inputShape: [PIXELS], kernelInitializer: initializer(1)}),
  );
  model.add(tfn.layers.batchNormalization({momentum: 0.9}));
  model.add(tf.layers.activation({activation: 'relu'}));
  model.add(
    tf.layers.dense({units: CLASSES, activation: 'softmax', kernelInitializer: initializer(2)}),
  );
  model.compile({optimizer: tf.train.adam(2e-3), loss: 'categoricalCrossentropy'});
  const order = shuffled(training.labels.length, seed);
  for (let step = 0; step < steps; step++) {
    const {x, y} = toBatch(training, order.subarray(step * BATCH, (step + 1) * BATCH));
    await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
  }
  return {model, accuracy: accuracyOnTest(model, test)};
}

function accuracyOnTest(model: tf.LayersModel, test: Digits): number {
  const {x, y} = toBatch(test, firstOnes(TEST_DIGITS));
  const accuracy = recognized(model, x, test.labels.subarray(0, TEST_DIGITS));
  tf.dispose([x, y]);
  return accuracy;
}

/** The share of the digits, [n, 784] from 0 to 1, that look like their classes. */
export const recognized = (
  model: tf.LayersModel,
  digits: tf.Tensor2D,
  classes: ArrayLike<number>,
): number =>
  tf.tidy(() => {
    const guesses = tf.argMax(model.predict(digits) as tf.Tensor, 1);
    const asked = tf.tensor1d(Int32Array.from(classes), 'int32');
    return tf.mean(tf.cast(tf.equal(guesses, asked), 'float32')).dataSync()[0];
  });
