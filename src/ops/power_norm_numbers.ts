/**
 * What power normalization does with the few numbers of each channel, in JavaScript. Where that reads them at once
 * (`readsAtOnce`), it takes less time than an op would; elsewhere power_norm_state.ts and power_norm_gradient.ts do
 * the same in ops.
 */
import * as tf from '@tensorflow/tfjs-core';
import {L2} from '../statistic.js';
import {otherAxes, viewOf} from '../view.js';
import {channelwise} from './channelwise.js';
import {normalizeGrad} from './normalize_grad.js';
import type {PowerNormOptions} from './power_norm_config.js';
import type {PowerNormState} from './power_norm_state.js';

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
  /** As in `PowerNormForward`. */
  scaled: tf.Tensor;
  stats: tf.Tensor;
  meanSquare: Float32Array;
  phi: tf.Tensor | null;
};

/** The gradients of `scaled`, gamma and beta; `nu` moves if `moves` says so. See power_norm_gradient.ts. */
export function backwardInNumbers(
  {dy, gamma, scaled, stats, meanSquare, phi}: Pass,
  {nu}: PowerNormState,
  {axis, epsilon, backwardMode, alphaBackward, guard}: PowerNormOptions,
  moves: boolean,
): tf.Tensor[] {
  const divisor = phi == null ? meanSquare : (phi.dataSync() as Float32Array);
  const root = backwardMode === 'paper' ? divisor : meanSquare;

  const pull = mapped(nu.dataSync() as Float32Array, (nu, c) => {
    return -nu / Math.sqrt((divisor[c] + epsilon) * (root[c] + epsilon));
  });
  const inputs = {
    ...{dy, x: scaled, gamma},
    stats: root === meanSquare ? stats : statsOf(root, epsilon),
    dsum: channelwise(scaled, {axis, gamma: tf.tensor1d(pull)}),
  };
  // A norm that epsilon holds up does not move with x: its dx is gamma * dy * rstd alone.
  const norm = {statistic: L2, epsilon: BEYOND_ALL};
  const view = viewOf(scaled.shape, otherAxes([axis], scaled.rank), [axis]);
  const wanted = {dx: true, dparams: true};
  const [dscaled, sum, dbeta] = normalizeGrad(inputs, {view, ...norm, wanted});
  if (root === divisor && !moves) return [dscaled, sum, dbeta];

  const sums = sum.dataSync() as Float32Array;
  const dgammas =
    root === divisor
      ? sums
      : mapped(sums, (s, c) => s * Math.sqrt((root[c] + epsilon) / (divisor[c] + epsilon)));
  if (moves) {
    const gammas = gamma.dataSync();
    const positions = scaled.size / scaled.shape[axis];
    moveEach(nu, guard, (nu, c) => {
      const power = meanSquare[c] / (divisor[c] + epsilon);
      const most = phi == null || !guard ? Infinity : 1 / Math.max(power, 1);
      const rate = Math.min(1 - alphaBackward, most);
      return nu + rate * ((gammas[c] * dgammas[c]) / positions - nu * power);
    });
  }
  return [dscaled, root === divisor ? sum : tf.tensor1d(dgammas), dbeta];
}

/** No norm in float32 is beyond it. */
const BEYOND_ALL = 3e38;

/** The `stats` of contract.ts of groups with these mean squares. */
function statsOf(meanSquare: Float32Array, epsilon: number): tf.Tensor {
  const stats = new Float32Array(4 * meanSquare.length);
  for (let c = 0; c < meanSquare.length; c++) {
    stats[4 * c + 2] = meanSquare[c];
    stats[4 * c + 3] = 1 / Math.sqrt(meanSquare[c] + epsilon);
  }
  return tf.tensor(stats, [meanSquare.length, 2, 2]);
}

/** What `map` makes of each number. Not TypedArray.map, which takes several times as long for a few of them. */
function mapped(numbers: Float32Array, map: (number: number, i: number) => number): Float32Array {
  const results = new Float32Array(numbers.length);
  for (let i = 0; i < results.length; i++) results[i] = map(numbers[i], i);
  return results;
}

/** Assigns what `next` makes of each channel's value. The guard keeps a value whose next one would not be finite. */
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
