import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo, keepWhere} from '../any_rank.js';
import {RMS} from '../statistic.js';
import {otherAxes, viewOf} from '../view.js';
import {channelwise} from './channelwise.js';
import {normalizeGrad} from './normalize_grad.js';
import type {PowerNormOptions} from './power_norm_config.js';
import {moveNu} from './power_norm_moves.js';
import {backwardInNumbers} from './power_norm_numbers.js';
import {scaleGroupsGrad} from './power_norm_scaling.js';
import type {PowerNormState} from './power_norm_state.js';
import {channelSums} from './product_sums.js';

export type PowerNormForward = {
  y: tf.Tensor;
  /** The input after the group scaling, and the `stats` of that; see `scaleGroups`. */
  scaled: tf.Tensor;
  scaling: tf.Tensor | null;
  /** The batch's mean square of each channel; in numbers where power_norm_numbers.ts takes over. */
  meanSquare: tf.Tensor | Float32Array;
  /** The batch's `stats` of each channel, which hold its divisor; null with a mask, or without a gradient. */
  stats: tf.Tensor | null;
  /** `phi`, if each channel was divided by its root; null if it was by the mean square's. */
  phi: tf.Tensor | null;
  /** The mask, which broadcasts against x: 1 where a position counts. Null if all do. */
  mask: tf.Tensor | null;
};

/** The inputs of the backward pass in ops. */
type Backward = Pick<PowerNormForward, 'scaled' | 'stats' | 'phi' | 'mask'> &
  Record<'dy' | 'gamma' | 'meanSquare', tf.Tensor>;

/**
 * `y`, which is `gamma * z + beta` with `z = scaled / sqrt(divisor + epsilon)`, with the approximate
 * gradient: that of the scaling times `(dy * gamma - nu * z) / root`.
 *
 * The backward pass moves `nu`, unless it is within another gradient. tfjs runs it once for each forward pass.
 */
export function withPowerNormGradient(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  {y, ...forward}: PowerNormForward,
  state: PowerNormState,
  options: PowerNormOptions,
): tf.Tensor {
  const moves = !isNested();
  const op = tf.customGrad((...args: unknown[]) => {
    const [x, gamma, , save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    // None of these is made here: the engine would take what is both made and saved for a leak.
    const all = {...forward, gamma, x: forward.scaling && x};
    const names = (Object.keys(all) as Array<keyof typeof all>).filter(
      name => all[name] instanceof tf.Tensor,
    );
    save(names.map(name => all[name] as tf.Tensor));
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const tensors = {...all, ...Object.fromEntries(names.map((name, i) => [name, saved[i]])), dy};
      const {x, scaling, meanSquare} = tensors;
      if (!(meanSquare instanceof tf.Tensor)) {
        return backwardInNumbers({...tensors, meanSquare}, state, options, moves);
      }
      const [dscaled, ...dparams] = backward({...tensors, meanSquare}, state, options, moves);
      return [x && scaling ? scaleGroupsGrad(dscaled, x, scaling, options) : dscaled, ...dparams];
    };
    return {value: y, gradFunc};
  });
  return op(x, gamma, beta);
}

/** The gradients of `scaled`, gamma and beta, in ops. */
function backward(
  {dy, scaled, gamma, meanSquare, stats, phi, mask}: Backward,
  state: PowerNormState,
  options: PowerNormOptions,
  moves: boolean,
): tf.Tensor[] {
  const {axis, epsilon, backwardMode} = options;
  const divisor = phi ?? meanSquare;
  const root = {axis, epsilon, variance: backwardMode === 'paper' ? divisor : meanSquare};

  // With `phi`, the divisor is another one than the batch's.
  const ownStats = phi == null ? stats : null;
  const byDivisor = (t: tf.Tensor) => channelwise(t, {variance: divisor, epsilon});
  const [sum, dbeta] = sumsOf(dy, scaled, axis, ownStats, epsilon);
  const dgamma = ownStats == null ? byDivisor(sum) : sum;
  const pull = byDivisor(state.nu);
  const correction = channelwise(scaled, {...root, gamma: pull});
  const counted = mask == null ? correction : masked(correction, mask);
  const dscaled = tf.sub(channelwise(dy, {...root, gamma}), counted);

  if (moves) {
    const mean = (mask: tf.Tensor) => {
      const [sum] = sumsOf(masked(dy, mask), masked(scaled, mask), axis);
      return tf.div(byDivisor(sum), countOf(scaled, axis, mask));
    };
    const positions = scaled.size / scaled.shape[axis];
    const total = mask == null ? {sum: dgamma, count: positions} : {sum: mean(mask), count: 1};
    moveNu(state, {...total, gamma, meanSquare, phi, pull}, options);
  }
  return [dscaled, dgamma, dbeta];
}

/** The sums of `dy * x` and of `dy` over all positions, where x is divided as `stats` say, or not at all. */
function sumsOf(
  dy: tf.Tensor,
  x: tf.Tensor,
  axis: number,
  stats: tf.Tensor | null = null,
  epsilon = 0,
): tf.Tensor[] {
  if (stats == null) return channelSums(dy, x, axis);
  const view = viewOf(x.shape, otherAxes([axis], x.rank), [axis]);
  const wanted = {dx: false, dparams: true};
  return normalizeGrad({dy, x, stats}, {view, statistic: RMS, epsilon, wanted});
}

/** Whether this is within a gradient of a gradient, where nothing is learnt and no state moves. */
export const isNested = (): boolean => tf.engine().state.gradientDepth > 1;

/** The number of positions of `x` that count, at least 1. */
export const countOf = (x: tf.Tensor, axis: number, mask: tf.Tensor): tf.Tensor =>
  tf.maximum(1, tf.mul(tf.sum(mask), x.size / x.shape[axis] / mask.size));

/** `x` with 0 for padding. It is not their product, since padding may be NaN. */
export const masked = (x: tf.Tensor, mask: tf.Tensor): tf.Tensor =>
  keepWhere(broadcastTo(tf.notEqual(mask, 0), x.shape), x);
