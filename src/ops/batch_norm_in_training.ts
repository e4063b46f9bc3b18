import * as tf from '@tensorflow/tfjs-core';
import {check, showShape} from '../check.js';
import {normalized} from './normalized.js';
import {MOMENTS} from '../statistic.js';

export type BatchNormInTraining = {
  y: tf.Tensor;
  /** `[channels]` each; the variance is biased. */
  mean: tf.Tensor;
  variance: tf.Tensor;
  /** The number of elements in each channel. */
  count: number;
};

/**
 * TensorFlow's `FusedBatchNorm` by the statistics of the batch.
 *
 * @param scale, offset One value for each channel, or one for all.
 * @param format Where the channels are: last, as in `NHWC`, or second, as in `NCHW`.
 */
export function batchNormInTraining(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  format: string,
  epsilon: number,
): BatchNormInTraining {
  const channels = format.startsWith('NC') ? 1 : x.rank - 1;
  for (const [name, param] of Object.entries({scale, offset})) {
    check(
      param.size === 1 ? param.rank < 2 : tf.util.arraysEqual(param.shape, [x.shape[channels]]),
      'FusedBatchNorm',
      () =>
        `${name} must have the shape [${x.shape[channels]}], but has ${showShape(param.shape)}.`,
    );
  }
  const aligned = x.shape.map((size, axis) => (axis === channels ? size : 1));
  const along = (t: tf.Tensor) => tf.reshape(t, t.size === 1 ? x.shape.map(() => 1) : aligned);
  const {y, mean, spread} = normalized(
    x,
    {
      statistic: MOMENTS,
      epsilon,
      features: [channels],
      reduced: x.shape.flatMap((_, axis) => (axis === channels ? [] : [axis])),
      momentsShape: [x.shape[channels]],
    },
    {gamma: along(scale), beta: along(offset)},
  );
  return {y, mean: mean!, variance: spread!, count: x.size / x.shape[channels]};
}

/** A share of the given statistics, and the rest of the batch's, as TensorFlow hands them out. */
const moved = (before: tf.Tensor, batch: tf.Tensor, factor: number): tf.Tensor =>
  factor === 1 || before.size === 0
    ? tf.clone(batch)
    : tf.add(tf.mul(before, 1 - factor), tf.mul(batch, factor));

/**
 * All outputs of the op: `y`, the mean, the variance with Bessel's correction, and what TensorFlow reserves for
 * its gradient: the mean again, the biased variance, and, from version 3 on, one 0.
 *
 * @param inputs `x`, `scale`, `offset`, and the statistics before, which count where `factor` is not 1.
 */
export function batchNormOutputs(
  [x, scale, offset, mean, variance]: tf.Tensor[],
  {format, epsilon, factor}: {format: string; epsilon: number; factor: number},
): tf.Tensor[] {
  return tf.tidy(() => {
    const batch = batchNormInTraining(x, scale, offset, format, epsilon);
    const {count} = batch;
    const corrected = tf.mul(batch.variance, count / Math.max(count - 1, 1));
    return [
      batch.y,
      moved(mean, batch.mean, factor),
      moved(variance, corrected, factor),
      tf.clone(batch.mean),
      tf.clone(batch.variance),
      tf.scalar(0),
    ];
  });
}
