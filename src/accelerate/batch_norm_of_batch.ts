/**
 * tfjs's batch norm where mean and variance are empty. So tfjs calls it for a GraphModel's node that takes the
 * statistics of its batch, and makes NaN of it.
 */
import * as tf from '@tensorflow/tfjs-core';
import {batchNormInTraining} from '../ops/batch_norm_in_training.js';
import {normalizeGradReference} from '../reference.js';
import {MOMENTS} from '../statistic.js';
import {viewOf} from '../view.js';

type Inputs = {
  x: tf.Tensor;
  mean?: tf.Tensor;
  variance?: tf.Tensor;
  scale?: tf.Tensor;
  offset?: tf.Tensor;
};

export const epsilonOf = (attrs: tf.NamedAttrMap | undefined): number =>
  (attrs as {varianceEpsilon?: number} | undefined)?.varianceEpsilon ?? 1e-3;

/**
 * tfjs does not say which axis the channels are: it takes the last one, unless only the second one has as many
 * elements as the scale. Null where there are statistics, or no axis fits.
 */
function formatOf({x, mean, scale}: Inputs): 'NHWC' | 'NCHW' | null {
  if (mean?.size !== 0 || scale == null || scale.size === 0 || x.dtype !== 'float32') return null;
  if (x.size === 0) return null;
  if (scale.size === x.shape[x.rank - 1]) return 'NHWC';
  return scale.size === x.shape[1] ? 'NCHW' : null;
}

/** The batch norm by the statistics of the batch, or null where it is another one. */
export function batchNormOfBatch(inputs: Inputs, epsilon: number): tf.Tensor | null {
  const {x, scale, offset} = inputs;
  const format = formatOf(inputs);
  if (format == null || offset == null) return null;
  return tf.tidy(() => batchNormInTraining(x, scale!, offset, format, epsilon).y);
}

/** Its gradients, or null where it is another one. */
export function gradientsOfBatch(
  dy: tf.Tensor,
  inputs: Inputs,
  epsilon: number,
): Record<string, () => tf.Tensor> | null {
  const format = formatOf(inputs);
  if (format == null) return null;
  const {x, scale, mean} = inputs;
  const channels = format === 'NHWC' ? x.rank - 1 : 1;
  const others = x.shape.flatMap((_, axis) => (axis === channels ? [] : [axis]));
  const view = viewOf(x.shape, others, [channels]);
  const attrs = {view, statistic: MOMENTS, epsilon};
  const grads = normalizeGradReference(dy, x, {gamma: scale!}, null, attrs);
  const none = () => tf.zerosLike(mean!);
  return {
    x: grads.x,
    scale: grads.gamma,
    offset: grads.beta,
    mean: none,
    variance: none,
  };
}
