import * as tf from '@tensorflow/tfjs-core';
import {checkChannelAxis, checkNumeric, checkRank} from '../check.js';
import {checkEpsilon, checkFeatures} from '../check_params.js';
import {constant} from '../constant.js';
import {mean, sum} from '../sum.js';
import {asFloat} from './arguments.js';
import {defineOp} from './define_op.js';
import {withoutEffect} from './without_effect.js';

/** The options of `globalResponseNorm`. */
export interface GlobalResponseNormConfig {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to the mean of the channels' norms. Defaults to 1e-6. */
  epsilon?: number;
  /** Multiplies the response, [channels]. Defaults to 1; the layer starts with 0. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added, [channels]. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
}

const OP = 'globalResponseNorm';

function globalResponseNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, epsilon = 1e-6, gamma, beta}: GlobalResponseNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 3);
  const channels = checkChannelAxis(OP, axis, shape.length);
  checkEpsilon(OP, epsilon);
  for (const [name, param] of Object.entries({gamma, beta})) {
    if (param != null) checkFeatures(OP, name, param, shape, [channels]);
  }
  const aligned = shape.map((size, i) => (i === channels ? size : 1));
  const [$gamma, $beta] = [
    gamma == null ? tf.ones(aligned) : asFloat(gamma, aligned),
    beta == null ? tf.zeros(aligned) : asFloat(beta, aligned),
  ];
  const $x = asFloat(x);
  if ($x.size === 0) return withoutEffect($x, [$gamma, $beta]) as T;

  const positions = shape.map((_, i) => i).filter(i => i > 0 && i !== channels);
  const run = tf.customGrad((...args: unknown[]) => {
    const [x, gamma, beta, save] = args as [...Inputs, tf.GradSaveFunc];
    save([x, gamma]);
    const {response} = responseOf(x, positions, channels, epsilon);
    return {
      // One number multiplies all positions of a channel.
      value: tf.add(tf.mul(x, tf.add(tf.mul(response, gamma), 1)), beta),
      gradFunc: (dy: tf.Tensor, [x, gamma]: tf.Tensor[]) => {
        const parts = responseOf(x, positions, channels, epsilon);
        return gradients(dy, x, gamma, parts, positions, channels);
      },
    };
  });
  return run($x, $gamma, $beta) as T;
}

type Inputs = [x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor];

/**
 * For each channel of each example:
 *
 *     norm       the root of the sum of its squares
 *     level      the mean of the norms over the example's channels, with epsilon
 *     response   norm / level
 */
function responseOf(x: tf.Tensor, positions: number[], channels: number, epsilon: number) {
  const squares = sum(tf.square(x), positions);
  // Where all is 0 the root has no slope; there neither x nor its gradient has an effect.
  const isZero = constant(squares, squares => tf.cast(tf.equal(squares, 0), 'float32'));
  const norm = tf.sub(tf.sqrt(tf.add(squares, isZero)), isZero);
  const level = tf.add(mean(norm, [channels]), epsilon);
  return {norm, level, response: tf.div(norm, level), isZero};
}

/** The gradients, of ops that have gradients themselves: two sums over the positions, and dx. */
function gradients(
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  {norm, level, response, isZero}: ReturnType<typeof responseOf>,
  positions: number[],
  channels: number,
): tf.Tensor[] {
  const overExamples = (t: tf.Tensor) => sum(t, [0]);
  const dscale = sum(tf.mul(dy, x), positions);
  const dresponse = tf.mul(dscale, gamma);
  const dlevel = tf.neg(tf.div(sum(tf.mul(dresponse, response), [channels]), level));
  const dnorm = tf.add(tf.div(dresponse, level), tf.div(dlevel, norm.shape[channels]));
  // The slope of the norm is x / norm.
  const slope = tf.div(dnorm, tf.add(norm, isZero));
  const scale = tf.add(tf.mul(response, gamma), 1);
  return [
    tf.add(tf.mul(dy, scale), tf.mul(x, slope)),
    overExamples(tf.mul(dscale, response)),
    overExamples(sum(dy, positions)),
  ];
}

/**
 * Global response normalization of ConvNeXt V2: each channel is weighed by its norm over all positions, beside
 * the mean of the channels' norms, [Woo et al. 2023](https://arxiv.org/abs/2301.00808).
 *
 *     x      [n, ..., channels]  or, with axis 1, [n, channels, ...]; any rank from 3 up
 *     gamma  [channels]          beta  [channels]
 *     result as x                x * (1 + gamma * response) + beta
 *
 * `response` is the channel's Euclidean norm over the example's positions, divided by the mean of these norms
 * over the channels plus epsilon.
 *
 * ```js
 * tfn.globalResponseNorm(tf.randomNormal([2, 8, 8, 16])).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `epsilon` (1e-6), `gamma` and `beta`.
 * @throws If `axis` does not name a single axis behind the batch's, or gamma or beta does not have its shape.
 */
export const globalResponseNorm = /* @__PURE__ */ defineOp({globalResponseNorm_}, ['x'], {
  axis: true,
  epsilon: true,
  gamma: true,
  beta: true,
});
