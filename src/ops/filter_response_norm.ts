import * as tf from '@tensorflow/tfjs-core';
import {activate} from '../activation.js';
import {check, checkAxes, checkNumeric, checkRank, show, showShape} from '../check.js';
import {checkAffine} from '../check_params.js';
import {RMS} from '../statistic.js';
import {mean} from '../sum.js';
import {AFFINE_OPTIONS, type AffineConfig, asFloat} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';
import {broadcastable} from './params.js';
import {withoutEffect} from './without_effect.js';

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
  {axis = [1, 2], epsilon = 1e-6, learnedEpsilon, ...affine}: FilterResponseNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 3);
  const {reduced, channelAxis} = checkSpatialAxes(OP, axis, shape.length);
  const features = [channelAxis];
  checkAffine(OP, epsilon, affine, shape, features);
  if (learnedEpsilon == null) {
    return normalized(x, {statistic: RMS, epsilon, reduced, features}, affine).y as T;
  }
  checkOne(OP, 'learnedEpsilon', learnedEpsilon);

  // The kernels' epsilon is a plain number, but this one needs a gradient.
  const [$x, learned] = [asFloat(x), asFloat(learnedEpsilon, [])];
  const {gamma, beta, gammaOffset = 0, activation} = affine;
  const $gamma = gamma == null ? null : broadcastable(gamma, shape, features);
  const $beta = beta == null ? null : broadcastable(beta, shape, features);
  if ($x.size === 0) {
    return withoutEffect(
      $x,
      [learned, $gamma, $beta].filter(param => param != null),
    ) as T;
  }
  const added = tf.add(tf.mul(learned, tf.sign(learned)), epsilon);
  const xhat = tf.mul($x, tf.rsqrt(tf.add(mean(tf.square($x), reduced), added)));
  const scaled = $gamma == null ? xhat : tf.mul(xhat, tf.add($gamma, gammaOffset));
  const z = $beta == null ? scaled : tf.add(scaled, $beta);
  return (activation == null ? z : activate(activation, z)) as T;
}

/** Checks that a parameter is one number, whatever its rank; true is the layer's flag of this name. */
function checkOne(op: string, name: string, param: unknown): void {
  check(
    typeof param !== 'boolean',
    op,
    () => `${name} must be a number, or a tensor of one, but is ${show(param)}.`,
  );
  const given = checkNumeric(op, name, param);
  check(
    tf.util.sizeFromShape(given) === 1,
    op,
    () => `${name} must have the shape [1], but has ${showShape(given)}.`,
  );
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
      `but is ${show(axis)} for an input of rank ${rank}.`,
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
export const filterResponseNorm = /* @__PURE__ */ defineOp({filterResponseNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  learnedEpsilon: true,
  ...AFFINE_OPTIONS,
});
