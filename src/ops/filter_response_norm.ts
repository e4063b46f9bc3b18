import * as tf from '@tensorflow/tfjs-core';
import {check, checkAxes, checkEpsilon, checkParam, checkRank} from '../check.js';
import {RMS} from '../statistic.js';
import {mean} from '../sum.js';
import {type AffineConfig, toFloat, toFloatOrNull} from './arguments.js';
import {normalize} from './normalize.js';

/** The options of `filterResponseNorm`. */
export interface FilterResponseNormConfig extends AffineConfig {
  /**
   * The spatial axes: all but the first, which is the batch's, and one, which is then the channels'.
   * Defaults to [1, 2].
   */
  axis?: number | readonly number[];
  /** Added to the mean square. Defaults to 1e-6. */
  epsilon?: number;
  /**
   * One number, which may be trained; its absolute value is added to epsilon. The option of the
   * layer has the same name, as in TensorFlow Addons, but is a flag: the layer owns the number.
   * Defaults to 0.
   */
  learnedEpsilon?: tf.Tensor | tf.TensorLike | null;
}

const OP = 'filterResponseNorm';

function filterResponseNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = [1, 2], epsilon = 1e-6, learnedEpsilon, gamma, beta}: FilterResponseNormConfig = {},
): T {
  const $x = toFloat(OP, 'x', x);
  checkRank(OP, $x.shape, 3);
  const {reduced, channelAxis} = checkSpatialAxes(OP, axis, $x.rank);
  const params = [channelAxis];
  const learned = toFloatOrNull(OP, 'learnedEpsilon', learnedEpsilon);
  if (learned == null) {
    return normalize(OP, $x, {statistic: RMS, epsilon, reduced, params, gamma, beta}).y as T;
  }
  // The kernels' epsilon is a plain number, but this one needs a gradient.
  checkEpsilon(OP, epsilon);
  checkParam(OP, 'learnedEpsilon', learned, learned.rank === 0 ? [] : [1]);
  const affine = {gamma: toFloatOrNull(OP, 'gamma', gamma), beta: toFloatOrNull(OP, 'beta', beta)};
  const channels = [$x.shape[channelAxis]];
  for (const [name, param] of Object.entries(affine)) checkParam(OP, name, param, channels);
  if ($x.size === 0) return tf.clone($x) as T;
  const added = tf.add(tf.mul(learned, tf.sign(learned)), epsilon);
  const meanSquare = mean(tf.square($x), reduced);
  const xhat = tf.mul($x, tf.rsqrt(tf.add(meanSquare, tf.reshape(added, []))));
  const aligned = $x.shape.map((size, i) => (i === channelAxis ? size : 1));
  const scaled = affine.gamma == null ? xhat : tf.mul(xhat, tf.reshape(affine.gamma, aligned));
  return (affine.beta == null ? scaled : tf.add(scaled, tf.reshape(affine.beta, aligned))) as T;
}

/** @internal The axes to reduce, counted from 0, and the one axis left, that of the channels. */
export function checkSpatialAxes(op: string, axis: number | readonly number[], rank: number) {
  const reduced = checkAxes(op, axis, rank);
  const others = [...Array(rank).keys()].filter(i => i > 0 && !reduced.includes(i));
  check(
    reduced[0] > 0 && others.length === 1,
    op,
    () =>
      `axis must name all axes but that of the batch and that of the channels, ` +
      `but is ${JSON.stringify(axis)} for an input of rank ${rank}.`,
  );
  return {reduced, channelAxis: others[0]};
}

/**
 * Filter response normalization: each channel of each example is divided by its root mean square
 * over all positions, [Singh & Krishnan 2019](https://arxiv.org/abs/1911.09737). It depends on no
 * batch; a thresholded linear unit usually follows it.
 *
 *     x      [n, ..., channels]  or, with axis [2, 3], [n, channels, ...]; any rank from 3 up
 *     gamma  [channels]          beta  [channels]
 *     result as x                x / sqrt(mean of x ** 2 + epsilon) * gamma + beta
 *
 * ```js
 * const image = tf.randomUniform([2, 8, 8, 3]);
 * tfn.filterResponseNorm(image).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis` [1, 2], `gamma`, `beta`, `epsilon` 1e-6 and `learnedEpsilon`.
 * @throws If `axis` does not name all axes but two, or gamma, beta or learnedEpsilon does not have
 *     its shape.
 */
export const filterResponseNorm = /* @__PURE__ */ tf.op({filterResponseNorm_});
