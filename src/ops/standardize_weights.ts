import * as tf from '@tensorflow/tfjs-core';
import {check, checkAxes, checkFlags, checkNumeric, checkRank, show} from '../check.js';
import {checkEpsilon, checkFeatures} from '../check_params.js';
import {MOMENTS} from '../statistic.js';
import {asFloat} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';

/** The options of `standardizeWeights`. */
export interface StandardizeWeightsConfig {
  /**
   * The axis or axes of the outputs, each of which has a mean and a variance of its own. Defaults to -1, the last
   * one, as in dense layers and convolutions; it is -2 for transposed convolutions and [-2, -1] for depthwise ones.
   */
  axis?: number | readonly number[];
  /** Added to the variance. Defaults to 1e-6. */
  epsilon?: number;
  /**
   * Whether to divide by the root of the fan-in as well, and to multiply by `gain` and `gamma`, as normalizer-free
   * networks do. Defaults to false.
   */
  scaled?: boolean;
  /** With `scaled`, a factor for each output, which may be trained. Defaults to 1. */
  gain?: tf.Tensor | tf.TensorLike | null;
  /** With `scaled`, the activation's factor, such as 1.7139 for relu in NFNets. Defaults to 1. */
  gamma?: number;
}

const OP = 'standardizeWeights';

function standardizeWeights_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-6, scaled = false, gain, gamma = 1}: StandardizeWeightsConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 1);
  const outputs = checkAxes(OP, axis, shape.length);
  checkEpsilon(OP, epsilon);
  checkFlags(OP, {scaled}, ['scaled']);
  checkGamma(OP, gamma);
  check(
    scaled || (gain == null && gamma === 1),
    OP,
    () => `gain and gamma must not be given unless scaled is true, but it is false.`,
  );
  if (gain != null) checkFeatures(OP, 'gain', gain, shape, outputs);

  const reduced = shape.map((_, i) => i).filter(i => !outputs.includes(i));
  const fanIn = reduced.reduce((product, i) => product * shape[i], 1);
  const norm = {statistic: MOMENTS, epsilon, reduced, features: outputs};
  if (!scaled) return normalized(x, norm).y as T;
  const sizes = outputs.map(i => shape[i]);
  const scale = gamma / Math.sqrt(Math.max(fanIn, 1));
  const factor = gain == null ? tf.fill(sizes, scale) : tf.mul(asFloat(gain, sizes), scale);
  return normalized(x, norm, {gamma: factor}).y as T;
}

/** @internal Checks the factor of an activation. */
export function checkGamma(op: string, gamma: unknown): void {
  check(Number.isFinite(gamma), op, () => `gamma must be a finite number, but is ${show(gamma)}.`);
}

/**
 * Weight standardization: the weights of each output get the mean 0 and the variance 1,
 * [Qiao et al. 2019](https://arxiv.org/abs/1903.10520); or, with `scaled`, the variance 1 / fan-in,
 * [Brock et al. 2021](https://arxiv.org/abs/2101.08692).
 *
 *     x      [..., outputs]      a kernel, of any rank from 1 up
 *     gain   [outputs]
 *     result as x                (x - mean) / sqrt(variance + epsilon)
 *     scaled                     the same * gain * gamma / sqrt(fan-in)
 *
 * ```js
 * const kernel = tf.randomNormal([3, 3, 16, 32]);
 * tfn.standardizeWeights(kernel, {scaled: true}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `epsilon`, `scaled`, `gain` and `gamma`.
 * @throws If an axis does not exist, gain has another shape, or gain or gamma is given without `scaled`.
 */
export const standardizeWeights = /* @__PURE__ */ defineOp({standardizeWeights_}, ['x'], {
  axis: true,
  epsilon: true,
  scaled: true,
  gain: true,
  gamma: true,
});
