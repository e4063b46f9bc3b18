import * as tf from '@tensorflow/tfjs';
import type {Batch} from '../shared/mnist.js';
import {percentile} from '../shared/statistics.js';

const BATCH_SIZE = 500;

export function accuracyOn({x, y}: Batch, model: tf.LayersModel): number {
  return tf.tidy(() => accuracy(model.predict(x, {batchSize: BATCH_SIZE}) as tf.Tensor, y));
}

/** The accuracy, and three percentiles of the first unit's input in the last hidden layer. */
export function measure({x, y}: Batch, model: tf.LayersModel) {
  return tf.tidy(() => {
    const [logits, inputs] = model.predict(x, {batchSize: BATCH_SIZE}) as tf.Tensor2D[];
    // The units differ by their random weights alone: any one is as typical as another.
    const input = inputs.slice([0, 0], [-1, 1]).dataSync();
    return {
      accuracy: accuracy(logits, y),
      sigmoidInput: [0.15, 0.5, 0.85].map(share => percentile(input, share)),
    };
  });
}

const accuracy = (logits: tf.Tensor, y: tf.Tensor2D): number =>
  logits.argMax(-1).equal(y.argMax(-1)).mean().dataSync()[0];
