import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo} from '../any_rank.js';
import {checkChannelAxis, checkNumeric, checkRank} from '../check.js';
import {checkEpsilon, checkFeatures} from '../check_params.js';
import {constant} from '../constant.js';
import {sum} from '../sum.js';
import {viewOf} from '../view.js';
import {affine} from './affine.js';
import {asFloat} from './arguments.js';
import {defineOp} from './define_op.js';
import {productSums} from './product_sums.js';
import {withReference} from './with_reference.js';
import {withoutEffect} from './without_effect.js';

/** The options of `globalResponseNorm`. */
export interface GlobalResponseNormConfig {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Multiplies each channel's share of the response, `[channels]`. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added behind that, `[channels]`. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
  /** Added to the mean of the norms. Defaults to 1e-6. */
  epsilon?: number;
}

const OP = 'globalResponseNorm';

function globalResponseNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {axis = -1, gamma, beta, epsilon = 1e-6}: GlobalResponseNormConfig = {},
): T {
  const shape = checkNumeric(OP, 'x', x);
  checkRank(OP, shape, 2);
  const channelAxis = checkChannelAxis(OP, axis, shape.length);
  checkEpsilon(OP, epsilon);
  for (const [name, param] of Object.entries({gamma, beta})) {
    if (param != null) checkFeatures(OP, name, param, shape, [channelAxis]);
  }
  const $x = asFloat(x);
  const channels = [shape[channelAxis]];
  const $gamma = gamma == null ? tf.ones(channels) : asFloat(gamma, channels);
  const $beta = beta == null ? tf.zeros(channels) : asFloat(beta, channels);
  if ($x.size === 0) return withoutEffect($x, [$gamma, $beta]) as T;
  return withReference(
    [$x, $gamma, $beta],
    new Response($x, $gamma, $beta, channelAxis, epsilon),
  ) as T;
}

/**
 * Both passes, with `norm` for each example and channel, `[batch, channels]`:
 *
 *     D = mean of norm over the channels + epsilon      N = norm / D
 *     y = x * (1 + gamma * N) + beta
 *
 *     dN = gamma * sum of dy * x over the positions     dgamma = sum of N * (sum of dy * x) over the batch
 *     dnorm = (dN - mean of dN * N over the channels) / D
 *     dx = dy * (1 + gamma * N) + x * dnorm / norm
 */
class Response {
  private readonly view;
  private readonly groups: [number, number];

  constructor(
    private readonly x: tf.Tensor,
    private readonly gamma: tf.Tensor,
    private readonly beta: tf.Tensor,
    private readonly channelAxis: number,
    private readonly epsilon: number,
  ) {
    const {shape} = x;
    const kept = [0, channelAxis];
    const positions = shape.map((_, i) => i).filter(i => !kept.includes(i));
    this.view = viewOf(shape, positions, kept);
    this.groups = [shape[0], shape[channelAxis]];
  }

  readonly forward = () => {
    const [squares] = productSums(this.x, this.x, this.view);
    const norm = tf.sqrt(tf.reshape(squares, this.groups));
    const share = tf.div(norm, this.divisor(norm));
    const gamma = tf.reshape(tf.mul(share, this.gamma), [-1]);
    const beta = tf.reshape(broadcastTo(this.beta, this.groups), [-1]);
    return {y: affine(this.x, this.view, {gamma, gammaOffset: 1, beta}), saved: [norm]};
  };

  private divisor(norm: tf.Tensor): tf.Tensor {
    return tf.add(tf.mean(norm, 1, true), this.epsilon);
  }

  readonly backward = (dy: tf.Tensor, [x, gamma]: tf.Tensor[], [norm]: tf.Tensor[]) => {
    const {view, groups} = this;
    const [products, sums] = productSums(dy, x, view).map(t => tf.reshape(t, groups));
    const divisor = this.divisor(norm);
    const share = tf.div(norm, divisor);
    const dshare = tf.mul(products, gamma);
    const dnorm = tf.div(tf.sub(dshare, tf.mean(tf.mul(dshare, share), 1, true)), divisor);
    // A channel of zeros has the slope 0.
    const safe = tf.add(norm, tf.cast(tf.equal(norm, 0), 'float32'));
    const flat = (t: tf.Tensor) => tf.reshape(t, [-1]);
    const direct = affine(dy, view, {gamma: flat(tf.mul(share, gamma)), gammaOffset: 1});
    const throughNorm = affine(x, view, {gamma: flat(tf.div(dnorm, safe))});
    return [tf.add(direct, throughNorm), tf.sum(tf.mul(share, products), 0), tf.sum(sums, 0)];
  };

  readonly reference = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => {
    const {shape} = x;
    const before = tf.util.sizeFromShape(shape.slice(1, this.channelAxis));
    const [batch, channels] = this.groups;
    const $x = tf.reshape(x, [batch, before, channels, -1]);
    const squares = sum(tf.square($x), [1, 3]);
    const isZero = constant(squares, t => tf.cast(tf.equal(t, 0), 'float32'));
    const norm = tf.mul(tf.sqrt(tf.add(squares, isZero)), tf.sub(1, isZero));
    const share = tf.div(norm, tf.add(tf.mean(norm, 2, true), this.epsilon));
    const [$gamma, $beta] = [gamma, beta].map(t => tf.reshape(t, [channels, 1]));
    const response = tf.mul(tf.mul($x, share), $gamma);
    return tf.reshape(tf.add(tf.add($x, response), $beta), shape);
  };
}

/**
 * Global response normalization: each channel of each example grows with its share of the response, that is
 * its Euclidean norm over all positions, divided by the mean of the channels' norms;
 * [ConvNeXt V2, Woo et al. 2023](https://arxiv.org/abs/2301.00808).
 *
 *     x      [n, ..., channels]  or [n, channels, ...] with axis 1; any rank from 2 up
 *     gamma  [channels]          beta  [channels]; both start as 0 in the layer
 *     N      [n, channels]       ||x|| / (mean of ||x|| over the channels + epsilon)
 *     result as x                x + gamma * x * N + beta
 *
 * ```js
 * const x = tf.randomNormal([2, 8, 8, 64]);
 * tfn.globalResponseNorm(x, {gamma: tf.fill([64], 0.1)}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `axis`, `gamma`, `beta` and `epsilon`.
 * @throws If the axis is that of the batch or does not exist, or gamma or beta has another shape.
 */
export const globalResponseNorm = /* @__PURE__ */ defineOp({globalResponseNorm_}, ['x'], {
  axis: true,
  gamma: true,
  beta: true,
  epsilon: true,
});
