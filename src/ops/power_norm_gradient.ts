import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeGrad} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {RMS} from '../statistic.js';
import {viewOf} from '../view.js';
import {batchNormInference} from './batch_norm_inference.js';
import {moveNu, type PowerNormState} from './power_norm_state.js';

export type PowerNormGradientConfig = {
  axis: number;
  epsilon: number;
  alphaBackward: number;
  /** What the gradient is divided by: the batch's root mean square, or what z was divided by. */
  backwardMode: 'reference' | 'paper';
  guard: boolean;
};

export type PowerNormForward = {
  y: tf.Tensor;
  /** The batch's mean square of each channel, and the one that the channel was divided by. */
  meanSquare: tf.Tensor;
  divisor: tf.Tensor;
  /** Broadcasts against x: 1 where a position counts. `null` where all do. */
  mask: tf.Tensor | null;
};

/**
 * `y`, which is `gamma * z + beta` with `z = x / sqrt(divisor + epsilon)`, with the approximate
 * gradient: `dx = (dy * gamma - nu * z) / root`.
 *
 * The first backward pass moves `nu`, any other of the same forward pass leaves it alone; so does
 * every one within another gradient.
 */
export function withPowerNormGradient(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  {y, meanSquare, divisor, mask}: PowerNormForward,
  state: PowerNormState,
  config: PowerNormGradientConfig,
): tf.Tensor {
  const {axis, epsilon, backwardMode} = config;
  let moves = !isNested();
  const op = tf.customGrad((...args: unknown[]) => {
    const [x, gamma, , save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    // None of these is made here: the engine would take what is both made and saved for a leak.
    save([x, gamma, meanSquare, divisor, ...(mask == null ? [] : [mask])]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, gamma, meanSquare, divisor, mask = null] = saved;
      const rstd = tf.rsqrt(tf.add(divisor, epsilon));
      const root = backwardMode === 'paper' ? rstd : tf.rsqrt(tf.add(meanSquare, epsilon));

      const {dgamma, dbeta} = paramGrads(dy, x, rstd, axis);
      const correction = scaled(x, tf.mul(tf.mul(state.nu, rstd), root), axis);
      const dx = tf.sub(scaled(dy, tf.mul(gamma, root), axis), masked(correction, mask));

      if (moves && tf.engine().state.gradientDepth === 0) {
        moves = false;
        const sum =
          mask == null ? dgamma : paramGrads(masked(dy, mask), masked(x, mask), rstd, axis).dgamma;
        const lambda = tf.div(tf.mul(gamma, sum), countOf(x, axis, mask));
        moveNu(state, lambda, tf.mul(meanSquare, tf.square(rstd)), config);
      }
      return [dx, dgamma, dbeta];
    };
    return {value: tf.clone(y), gradFunc};
  });
  return op(x, gamma, beta);
}

/** Within a gradient of a gradient nothing is learnt, so no state moves. */
export const isNested = (): boolean => tf.engine().state.gradientDepth > 1;

/** How many positions of `x` count, at least 1. */
export function countOf(x: tf.Tensor, axis: number, mask: tf.Tensor | null): tf.Tensor {
  const positions = x.size / x.shape[axis];
  if (mask == null) return tf.scalar(positions);
  return tf.maximum(1, tf.mul(tf.sum(mask), positions / mask.size));
}

/** Not by the product: padding may be NaN. */
export const masked = (x: tf.Tensor, mask: tf.Tensor | null): tf.Tensor =>
  mask == null ? x : tf.where(tf.notEqual(mask, 0), x, 0);

/** Each channel times a factor: tf.batchNorm does it in one kernel, tf.mul broadcasts slowly. */
const scaled = (x: tf.Tensor, scale: tf.Tensor, axis: number): tf.Tensor =>
  batchNormInference(x, tf.zeros(scale.shape), tf.ones(scale.shape), {
    axis,
    gamma: scale,
    epsilon: 0,
  });

/** The sums of `dy * x * rstd` and of `dy` over all positions. */
function paramGrads(dy: tf.Tensor, x: tf.Tensor, rstd: tf.Tensor, axis: number) {
  const others = x.shape.map((_, i) => i).filter(i => i !== axis);
  const column = tf.reshape(rstd, [-1, 1]);
  // mean, rest, spread: the gradients of parameters need none of these.
  const stats = tf.reshape(tf.concat([tf.zeros([rstd.size, 3]), column], 1), [-1, 2, 2]);
  const attrs = {
    view: viewOf(x.shape, others, [axis]),
    statistic: RMS,
    epsilon: 0,
    wanted: {dx: false, dparams: true},
  };
  const [dgamma, dbeta] = runKernel(FusedNormalizeGrad, {dy, x, gamma: rstd, stats}, attrs, () => [
    tf.mul(tf.sum(tf.mul(dy, x), others), rstd),
    tf.sum(dy, others),
  ]);
  return {dgamma, dbeta};
}
