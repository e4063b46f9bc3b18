import * as tf from '@tensorflow/tfjs-core';
import {check, checkAxes, checkFlags, checkNumeric, checkRank, show} from '../check.js';
import {checkEpsilon, checkParam} from '../check_params.js';
import {MOMENTS} from '../statistic.js';
import {asFloat} from './arguments.js';
import {defineOp} from './define_op.js';
import {normalized} from './normalized.js';

/** The options of `standardizeWeights`. */
export interface StandardizeWeightsConfig {
  /**
   * The axis or axes of the outputs; the statistics are taken over all others. Defaults to -1, as tfjs's dense
   * layers and convolutions have it; a transposed convolution has -2, a depthwise one [-2, -1].
   */
  axis?: number | readonly number[];
  /** Added to the variance. Defaults to 1e-6. */
  epsilon?: number;
  /** Multiplies each output's weights: the shape of the outputs. Defaults to 1. */
  gain?: tf.Tensor | tf.TensorLike | null;
  /**
   * Whether to divide by the root of the number of an output's weights, so that signals keep their variance:
   * scaled weight standardization. Defaults to false.
   */
  scaled?: boolean;
  /** With `scaled`, the constant of the activation behind, such as 1.7139 for relu. Defaults to 1. */
  gamma?: number;
}

const OP = 'standardizeWeights';

function standardizeWeights_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-6, gain, scaled = false, gamma = 1}: StandardizeWeightsConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 2);
  const outputs = checkAxes(OP, axis, shape.length);
  checkEpsilon(OP, epsilon);
  checkFlags(OP, {scaled}, ['scaled']);
  if (gain != null) checkParam(OP, 'gain', gain, shape, outputs);
  check(Number.isFinite(gamma), OP, () => `gamma must be a finite number, but is ${show(gamma)}.`);
  check(scaled || gamma === 1, OP, () => `gamma counts with scaled alone, but is ${show(gamma)}.`);

  const reduced = shape.map((_, i) => i).filter(i => !outputs.includes(i));
  const fanIn = tf.util.sizeFromShape(reduced.map(i => shape[i]));
  const factor = scaled ? gamma / Math.sqrt(fanIn) : 1;
  const features = {statistic: MOMENTS, epsilon, reduced, features: outputs};
  if (factor === 1) return normalized(x, features, {gamma: gain}).y as T;
  const ones = () => tf.ones(outputs.map(i => shape[i]));
  const scale = tf.mul(gain == null ? ones() : asFloat(gain), factor);
  return normalized(x, features, {gamma: scale}).y as T;
}

/**
 * Weight standardization: the weights of each output get mean 0 and variance 1,
 * [Qiao et al. 2019](https://arxiv.org/abs/1903.10520); with `scaled` as in NFNets,
 * [Brock et al. 2021](https://arxiv.org/abs/2101.08692). It acts on a kernel, not on activations.
 *
 *     x       [..., inputs, outputs]   any rank from 2 up; axis says which are the outputs
 *     gain    [outputs]
 *     result  as x                     (x - mean) / sqrt(variance + epsilon) * gain, of which `scaled`
 *                                      takes gamma / sqrt(weights of an output)
 *
 * ```js
 * const kernel = tf.randomNormal([3, 3, 8, 16]);
 * const y = tf.conv2d(tf.ones([1, 8, 8, 8]), tfn.standardizeWeights(kernel), 1, 'same');
 * ```
 *
 * @param x The kernel: a tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `epsilon` (1e-6), `gain`, `scaled` and `gamma`.
 * @throws If an axis does not exist, or gain does not have the shape of the outputs.
 */
export const standardizeWeights = /* @__PURE__ */ defineOp({standardizeWeights_}, ['x'], {
  axis: true,
  epsilon: true,
  gain: true,
  scaled: true,
  gamma: true,
});
