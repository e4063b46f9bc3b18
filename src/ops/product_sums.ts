import * as tf from '@tensorflow/tfjs-core';
import {RMS} from '../statistic.js';
import {type NormView, otherAxes, paramCount, viewOf} from '../view.js';
import {normalizeGrad} from './normalize_grad.js';

/**
 * The sums of `dy * x` and of `dy` for each parameter of a view in which each parameter has a group, both
 * `[params]`, in one kernel.
 */
export function productSums(dy: tf.Tensor, x: tf.Tensor, view: NormView): tf.Tensor[] {
  const count = paramCount(view);
  // They are the gradients of gamma and beta if x is taken as it is: with mean 0 and rstd 1.
  const stats = new Float32Array(4 * count);
  for (let i = 3; i < stats.length; i += 4) stats[i] = 1;
  const inputs = {dy, x, stats: tf.tensor(stats, [count, 2, 2])};
  const wanted = {dx: false, dparams: true};
  return normalizeGrad(inputs, {view, statistic: RMS, epsilon: 0, wanted});
}

/** The same for each channel of an axis. */
export const channelSums = (dy: tf.Tensor, x: tf.Tensor, axis: number): tf.Tensor[] =>
  productSums(dy, x, viewOf(x.shape, otherAxes([axis], x.rank), [axis]));
