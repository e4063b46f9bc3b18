import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {isRows, paramShape, sizesOf} from './along.js';
import type {TensorFlow} from './tensorflow.js';

/** `y = (x - mean) / sqrt(variance + epsilon) * gamma + beta`, of statistics of each parameter. */
export function normalizeGiven(
  ops: TensorFlow,
  {x, mean, variance, gamma, beta}: Record<string, tf.TensorInfo>,
  {view, epsilon}: NormalizeAttrs,
): tf.TensorInfo {
  const [variances, gammas] = [variance, gamma].map(t => ops.read(t));
  const scale = tf.tensor1d(gammas.map((value, p) => value / Math.sqrt(variances[p] + epsilon)));
  const full = ops.reshape(x, sizesOf(view));
  if (isRows(view)) return ops.reshape(ops.affine(full, scale, beta, mean), x.shape);
  const [$mean, $scale, $beta] = [mean, scale, beta].map(t => ops.reshape(t, paramShape(view)));
  return ops.reshape(ops.add(ops.mul(ops.sub(full, $mean), $scale), $beta), x.shape);
}
