/** The statistics of the values that reach a batch normalization. */
import * as tf from '@tensorflow/tfjs-core';
import {maskInModel} from '../layers/mask_in_model.js';
import {NormalizationLayer} from '../layers/normalization_layer.js';
import type {Moments} from '../layers/running_moments.js';
import {batchNormMoving} from '../ops/batch_norm.js';
import {axesOf, type BatchNormLayer, valueOf} from './batch_norm_layers.js';
import type {LayerCall} from './observe.js';

/** The moments of one call, `[features]`, and how many values of each feature there are. */
export type CallMoments = {mean: tf.Tensor; variance: tf.Tensor; count: tf.Scalar};

/** The result of a call in training: normalized by its own moments. No moving statistics are touched. */
export function normalizeByBatch(
  norm: BatchNormLayer,
  call: LayerCall,
): CallMoments & {y: tf.Tensor} {
  const x = tf.cast(call.x, 'float32');
  const axis = axesOf(norm, x.rank);
  const mask = maskOf(norm, call);
  const {epsilon} = norm;
  const gamma = norm.scale ? valueOf(norm.gamma) : null;
  const beta = norm.center ? valueOf(norm.beta) : null;
  const normed = batchNormMoving(x, {axis, epsilon, gamma, beta, mask}, null, false);
  const features = axis.reduce((product, a) => product * x.shape[a], 1);
  const positions = features === 0 ? 0 : x.size / features;
  const count =
    mask == null || mask.size === 0
      ? tf.scalar(positions)
      : tf.mul(tf.sum(tf.cast(tf.notEqual(mask, 0), 'float32')), positions / mask.size);
  return {...normed, count: count as tf.Scalar};
}

/** The moments alone, which outlive the scopes of the model that runs. */
export const callMoments = (norm: BatchNormLayer, call: LayerCall): CallMoments =>
  tf.tidy(() => {
    const {mean, variance, count} = normalizeByBatch(norm, call);
    return {mean: tf.keep(mean), variance: tf.keep(variance), count: tf.keep(count)};
  });

/** Only this package's layers leave out what a mask hides. */
function maskOf(norm: BatchNormLayer, {x, inputs, kwargs}: LayerCall): tf.Tensor | undefined {
  const mask = kwargs['mask'] as tf.Tensor | null | undefined;
  if (mask == null || !(norm instanceof NormalizationLayer)) return undefined;
  return Array.isArray(inputs) ? maskInModel(norm, x, mask) : mask;
}

export async function readMoments({mean, variance, count}: CallMoments): Promise<Moments> {
  const [means, variances, [size]] = await Promise.all([
    mean.data(),
    variance.data(),
    count.data(),
  ]);
  return {mean: means, variance: variances, count: size};
}
