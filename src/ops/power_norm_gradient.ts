import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo, keepWhere} from '../any_rank.js';
import {RMS} from '../statistic.js';
import {otherAxes, viewOf} from '../view.js';
import {channelwise} from './channelwise.js';
import {normalizeGrad} from './normalize_grad.js';
import type {PowerNormOptions} from './power_norm_config.js';
import {scaleGroupsGrad} from './power_norm_scaling.js';
import {moveNu, type PowerNormState} from './power_norm_state.js';

export type PowerNormForward = {
  y: tf.Tensor;
  /** The input after the group scaling, and the `stats` of that; see `scaleGroups`. */
  scaled: tf.Tensor;
  scaling: tf.Tensor | null;
  /** The batch's mean square of each channel. */
  meanSquare: tf.Tensor;
  /** The batch's `stats` of each channel, which hold its divisor; null with a mask, or without a gradient. */
  stats: tf.Tensor | null;
  /** `phi`, if each channel was divided by its root; null if it was by the mean square's. */
  phi: tf.Tensor | null;
  /** The mask, which broadcasts against x: 1 where a position counts. Null if all do. */
  mask: tf.Tensor | null;
};

/**
 * `y`, which is `gamma * z + beta` with `z = scaled / sqrt(divisor + epsilon)`, with the approximate
 * gradient: that of the scaling times `(dy * gamma - nu * z) / root`.
 *
 * The first backward pass moves `nu`. Others of the same forward pass do not, nor does any within
 * another gradient.
 */
export function withPowerNormGradient(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  forward: PowerNormForward,
  state: PowerNormState,
  options: PowerNormOptions,
): tf.Tensor {
  const {axis, epsilon, backwardMode} = options;
  let moves = !isNested();
  const op = tf.customGrad((...args: unknown[]) => {
    const [x, gamma, , save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    const {scaled, meanSquare} = forward;
    // With `phi`, it is another divisor than the batch's.
    const ownStats = forward.phi == null ? forward.stats : null;
    const optional = [forward.scaling && x, forward.scaling, forward.phi, forward.mask, ownStats];
    // None of these is made here: the engine would take what is both made and saved for a leak.
    save([scaled, gamma, meanSquare, ...optional.filter(t => t != null)]);
    const gradFunc = (dy: tf.Tensor, [scaled, gamma, meanSquare, ...others]: tf.Tensor[]) => {
      const [x, scaling, phi, mask, stats] = optional.map(t => t && others.shift()!);
      const divisor = phi ?? meanSquare;
      const root = {axis, epsilon, variance: backwardMode === 'paper' ? divisor : meanSquare};

      const byDivisor = (t: tf.Tensor) => channelwise(t, {variance: divisor, epsilon});
      const [sum, dbeta] = sumsOf(dy, scaled, axis, stats, epsilon);
      const dgamma = stats == null ? byDivisor(sum) : sum;
      const pull = byDivisor(state.nu);
      const correction = channelwise(scaled, {...root, gamma: pull});
      const counted = mask == null ? correction : masked(correction, mask);
      const dscaled = tf.sub(channelwise(dy, {...root, gamma}), counted);

      if (moves && tf.engine().state.gradientDepth === 0) {
        moves = false;
        const mean = (mask: tf.Tensor) => {
          const [sum] = sumsOf(masked(dy, mask), masked(scaled, mask), axis);
          return tf.div(byDivisor(sum), countOf(scaled, axis, mask));
        };
        const positions = scaled.size / scaled.shape[axis];
        const total = mask == null ? {sum: dgamma, count: positions} : {sum: mean(mask), count: 1};
        moveNu(state, {...total, gamma, meanSquare, phi, pull}, options);
      }
      const dx = x && scaling ? scaleGroupsGrad(dscaled, x, scaling, options) : dscaled;
      return [dx, dgamma, dbeta];
    };
    return {value: forward.y, gradFunc};
  });
  return op(x, gamma, beta);
}

/** The sums of `dy * x` and of `dy` over all positions, where x is divided as `stats` say, or not at all. */
function sumsOf(
  dy: tf.Tensor,
  x: tf.Tensor,
  axis: number,
  stats: tf.Tensor | null = null,
  epsilon = 0,
): tf.Tensor[] {
  const view = viewOf(x.shape, otherAxes([axis], x.rank), [axis]);
  const inputs = {dy, x, stats: stats ?? undivided(x.shape[axis])};
  return normalizeGrad(inputs, {view, statistic: RMS, epsilon, wanted: PARAMS});
}

const PARAMS = {dx: false, dparams: true};

/** The sums are the gradients of gamma and beta if x is taken as it is: with mean 0 and rstd 1. */
function undivided(channels: number): tf.Tensor {
  const stats = new Float32Array(4 * channels);
  for (let i = 3; i < stats.length; i += 4) stats[i] = 1;
  return tf.tensor(stats, [channels, 2, 2]);
}

/** Whether this is within a gradient of a gradient, where nothing is learnt and no state moves. */
export const isNested = (): boolean => tf.engine().state.gradientDepth > 1;

/** The number of positions of `x` that count, at least 1. */
export const countOf = (x: tf.Tensor, axis: number, mask: tf.Tensor): tf.Tensor =>
  tf.maximum(1, tf.mul(tf.sum(mask), x.size / x.shape[axis] / mask.size));

/** `x` with 0 for padding. It is not their product, since padding may be NaN. */
export const masked = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor =>
  keepWhere(broadcastTo(tf.notEqual(mask, 0), x.shape), x);
