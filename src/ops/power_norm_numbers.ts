/**
 * Power normalization's work with the few numbers of each channel, in JavaScript. Where that reads them at once
 * (`readsAtOnce`), it takes less time than an op would; elsewhere power_norm_moves.ts and power_norm_gradient.ts do
 * the same in ops.
 */
import * as tf from '@tensorflow/tfjs-core';
import {channelwise} from './channelwise.js';
import type {PowerNormOptions} from './power_norm_config.js';
import {scaleGroupsGrads} from './power_norm_scaling.js';
import type {PowerNormState} from './power_norm_state.js';
import {channelSums} from './product_sums.js';

/** The mean squares among the `stats` of contract.ts. */
export function meanSquaresOf(stats: tf.Tensor): Float32Array {
  const values = stats.dataSync();
  const meanSquares = new Float32Array(values.length / 4);
  for (let c = 0; c < meanSquares.length; c++) meanSquares[c] = values[4 * c + 2];
  return meanSquares;
}

/** `kept * phi + (1 - kept) * meanSquare`. */
export const movePhiInNumbers = (
  phi: tf.Variable,
  meanSquare: Float32Array,
  kept: number,
  guard: boolean,
): void =>
  moveEach(phi, guard, (phi, c) =>
    kept === 0 ? meanSquare[c] : kept * phi + (1 - kept) * meanSquare[c],
  );

type Pass = {
  dy: tf.Tensor;
  gamma: tf.Tensor;
  /** As in `PowerNormForward`, of which `x` is the input; null without a scaling. */
  x: tf.Tensor | null;
  scaled: tf.Tensor;
  scaling: tf.Tensor | null;
  meanSquare: Float32Array;
  phi: tf.Tensor | null;
};

/** The gradients of x, gamma and beta; `nu` moves if `moves` says so. See power_norm_gradient.ts. */
export function backwardInNumbers(
  pass: Pass,
  {nu}: PowerNormState,
  options: PowerNormOptions,
  moves: boolean,
): tf.Tensor[] {
  const {scaled, meanSquare, phi} = pass;
  const {axis, epsilon, backwardMode, alphaBackward, guard} = options;
  const $gamma = pass.gamma.dataSync() as Float32Array;
  const divisor = phi == null ? meanSquare : (phi.dataSync() as Float32Array);
  const root = backwardMode === 'paper' ? divisor : meanSquare;
  const over = (numbers: Float32Array, spread: Float32Array) =>
    mapped(numbers, (number, c) => number / Math.sqrt(spread[c] + epsilon));

  // dx̂ = factor * dy - pull * x̂
  const factor = over($gamma, root);
  const pull = over(over(nu.dataSync() as Float32Array, divisor), root);
  const {dx, sum, dbeta} = gradients(pass, factor, pull, options);
  const dgamma = over(sum.dataSync() as Float32Array, divisor);
  if (moves) {
    const positions = scaled.size / scaled.shape[axis];
    moveEach(nu, guard, (nu, c) => {
      const power = meanSquare[c] / (divisor[c] + epsilon);
      const most = phi == null || !guard ? Infinity : 1 / Math.max(power, 1);
      const rate = Math.min(1 - alphaBackward, most);
      return nu + rate * (($gamma[c] * dgamma[c]) / positions - nu * power);
    });
  }
  return [dx, tf.tensor1d(dgamma), dbeta];
}

/** dx where that of `scaled` is `factor * dy - pull * scaled`, and the sums of `dy * scaled` and of dy. */
function gradients(
  {dy, x, scaled, scaling}: Pass,
  factor: Float32Array,
  pull: Float32Array,
  options: PowerNormOptions,
): Record<'dx' | 'sum' | 'dbeta', tf.Tensor> {
  const {axis} = options;
  const $factor = tf.tensor1d(factor);
  const $pull = tf.tensor1d(mapped(pull, pull => -pull));
  if (x != null && scaling != null) {
    // `scaled` is the xhat of the scaling, so its sums with dy are a gradient of gamma.
    const both = {dx: true, dparams: true};
    const ofDy = {dy, x, stats: scaling, gamma: $factor};
    const [dsum, sum, dbeta] = scaleGroupsGrads(ofDy, options, both);
    const ofScaled = {dy: scaled, x, stats: scaling, gamma: $pull, dsum};
    const [dx] = scaleGroupsGrads(ofScaled, options, {dx: true, dparams: false});
    return {dx, sum, dbeta};
  }
  const [sum, dbeta] = channelSums(dy, scaled, axis);
  const dx = tf.add(
    channelwise(dy, {axis, gamma: $factor}),
    channelwise(scaled, {axis, gamma: $pull}),
  );
  return {dx, sum, dbeta};
}

/** The result of `map` for each number. Not TypedArray.map, which takes several times as long for a few of them. */
function mapped(numbers: Float32Array, map: (number: number, i: number) => number): Float32Array {
  const results = new Float32Array(numbers.length);
  for (let i = 0; i < results.length; i++) results[i] = map(numbers[i], i);
  return results;
}

/** Assigns the result of `next` for each channel's value. The guard keeps a value whose next one would not be finite. */
function moveEach(
  variable: tf.Variable,
  guard: boolean,
  next: (now: number, channel: number) => number,
): void {
  const now = variable.dataSync() as Float32Array;
  const moved = mapped(now, next);
  for (let c = 0; guard && c < moved.length; c++) {
    if (!Number.isFinite(moved[c])) moved[c] = now[c];
  }
  const value = tf.tensor(moved, variable.shape);
  variable.assign(value);
  value.dispose();
}
