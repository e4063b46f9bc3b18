/**
 * This file has all that the package computes, written once in tf ops. It runs on every backend and differentiates
 * to any order: kernels are tested against it, and whatever no kernel covers uses it.
 */
import * as tf from '@tensorflow/tfjs-core';
import {keepWhere} from './any_rank.js';
import {constant} from './constant.js';
import type {ForwardAttrs, NormalizeAttrs} from './kernels/contract.js';
import {
  activated,
  type Added,
  affine,
  axesWithout,
  behindActivation,
  factor,
  groupShape,
  reducedAxes,
  summed,
  viewed,
} from './reference_affine.js';
import type {Statistic} from './statistic.js';
import {mean as meanOver, sum} from './sum.js';
import {groupSize, type NormView} from './view.js';

/**
 * `y = activation(xhat * (gamma + gammaOffset) + beta)` with `xhat = (x - mean) * rstd`: the outputs of
 * `FusedNormalize`.
 *
 * `weights`, of x's shape, say how much each element counts in the averages: 0 for not at all. With `added`, the sum
 * is normalized in the place of x.
 */
export function normalizeReference(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  attrs: ForwardAttrs,
  weights: tf.Tensor | null = null,
  moving: Moving | null = null,
  added: Added | null = null,
): tf.Tensor[] {
  const {view, withStats, momentsShape, momentum} = attrs;
  const whole = added == null ? x : summed(x, added, view);
  const $weights = weights && viewed(weights, view);
  const $x = $weights == null ? viewed(whole, view) : withoutNaN(viewed(whole, view), $weights);
  const {mean, rest, spread, rstd, xhat} = statistics($x, attrs, $weights);
  const z = affine(xhat, gamma, beta, attrs);
  const outputs = [tf.reshape(activated(z, attrs), x.shape)];
  if (withStats) {
    const columns = [mean, rest, spread, rstd].map(t => tf.reshape(t, [-1]));
    outputs.push(tf.reshape(tf.stack(columns, 1), [-1, 2, 2]));
  }
  if (added != null) outputs.push(whole);
  if (momentsShape != null) {
    const moments = [mean, spread].map(t => tf.reshape(t, [...momentsShape]));
    outputs.push(...(moving == null ? moments : moved(moving, moments, momentum)));
  }
  return outputs;
}

/** Averages of what earlier batches had. */
export type Moving = {mean: tf.Tensor; spread: tf.Tensor};

const moved = ({mean, spread}: Moving, batch: tf.Tensor[], momentum: number): tf.Tensor[] =>
  [mean, spread].map((average, i) =>
    tf.add(tf.mul(average, momentum), tf.mul(batch[i], 1 - momentum)),
  );

/** The gradients of what was handed out of each group, where it was. */
type MomentGrads = {dmean: tf.Tensor; dspread: tf.Tensor};

/**
 * `dx = rstd * (h - mean(h) - direction * collect(h * xhat))` with `h = dz * (gamma + gammaOffset)`,
 * where `dz` is `dy` times the activation's slope.
 *
 * `mean(h)` is there only if the statistic centers; `direction` is `xhat` for squares and `sign(x)`
 * for absolute values; `collect` is the statistic's mean or sum. To this comes what `dmean` and
 * `dspread` bring. `beta` is there where there is an activation. With `stats`, which are the kernels', they are not taken anew; they are constants.
 * See docs/gradients.md.
 */
export function normalizeGradReference(
  dy: tf.Tensor,
  x: tf.Tensor,
  {gamma, beta}: {gamma: tf.Tensor; beta?: tf.Tensor},
  dmoments: MomentGrads | null,
  attrs: NormalizeAttrs,
  stats: tf.Tensor | null = null,
): {x: () => tf.Tensor; gamma: () => tf.Tensor; beta: () => tf.Tensor} {
  const {view, statistic} = attrs;
  const $x = viewed(x, view);
  const {centered, rstd, xhat, moves} =
    stats == null ? statistics($x, attrs) : unpackStats(stats, $x, attrs);
  const dz = behindActivation(viewed(dy, view), () => affine(xhat, gamma, beta!, attrs), attrs);
  return {
    x: () => {
      const h = tf.mul(dz, factor(gamma, attrs));
      const direction = statistic.power === 2 ? xhat : tf.sign($x);
      const along = tf.mul(moves, collect(tf.mul(h, xhat), view, statistic));
      const dx = tf.sub(h, tf.mul(direction, along));
      if (!statistic.center) return tf.reshape(tf.mul(rstd, dx), x.shape);
      const throughY = tf.mul(rstd, tf.sub(dx, meanOver(h, reducedAxes(view))));
      const sum =
        dmoments == null ? throughY : tf.add(throughY, throughMoments(dmoments, centered, view));
      return tf.reshape(sum, x.shape);
    },
    gamma: () => tf.reshape(sum(tf.mul(dz, xhat), axesWithout(view, 'gamma')), [-1]),
    beta: () => tf.reshape(sum(dz, axesWithout(view, 'beta')), [-1]),
  };
}

/** The part of `dx` that comes through the mean and the variance themselves. */
function throughMoments(
  {dmean, dspread}: MomentGrads,
  centered: tf.Tensor,
  view: NormView,
): tf.Tensor {
  const [$dmean, $dspread] = [dmean, dspread].map(t => tf.reshape(t, groupShape(view)));
  return tf.div(tf.add($dmean, tf.mul(2, tf.mul($dspread, centered))), groupSize(view));
}

function statistics(x: tf.Tensor, attrs: NormalizeAttrs, weights: tf.Tensor | null = null) {
  const {view, statistic} = attrs;
  const groups = groupShape(view);
  const {mean, rest, centered} = statistic.center
    ? center(x, view, weights)
    : {mean: tf.zeros(groups), rest: tf.zeros(groups), centered: x};
  // Not tf.abs: its gradient at 0 is -1.
  const powers = tf.mul(centered, statistic.power === 2 ? centered : tf.sign(centered));
  const total = collect(powers, view, statistic, weights);
  const {spread, rstd, moves} = divisor(total, attrs);
  return {mean, rest, spread, rstd, moves, centered, xhat: tf.mul(centered, rstd)};
}

function unpackStats(stats: tf.Tensor, x: tf.Tensor, {view, statistic, epsilon}: NormalizeAttrs) {
  const columns = tf.unstack(tf.reshape(stats, [-1, 4]), 1);
  const [mean, rest, spread, rstd] = columns.map(t => tf.reshape(t, groupShape(view)));
  const centered = statistic.center ? tf.sub(tf.sub(x, mean), rest) : x;
  const moves = statistic.average ? tf.scalar(1) : tf.cast(tf.greater(spread, epsilon), 'float32');
  return {rstd, moves, centered, xhat: tf.mul(centered, rstd)};
}

/** Two steps: what float32 lost of a large mean is the mean of what it left. */
function center(x: tf.Tensor, view: NormView, weights: tf.Tensor | null) {
  const mean = average(x, view, weights);
  const residual = tf.sub(x, mean);
  const rest = average(residual, view, weights);
  return {mean, rest, centered: tf.sub(residual, rest)};
}

/** Not by a product: where nothing counts there may be NaN. */
const counted = (t: tf.Tensor, weights: tf.Tensor): tf.Tensor =>
  keepWhere(tf.notEqual(weights, 0), t);

/** Padding takes no part, so its NaN must not become the gradients'. */
function withoutNaN(x: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const counts = tf.notEqual(weights, 0);
  return keepWhere(
    constant(x, x => tf.logicalOr(counts, tf.equal(tf.sub(x, x), 0))),
    x,
  );
}

/** Keras's epsilon, by which it keeps the average of a group without weight finite, and 0. */
const NO_WEIGHT = 1e-7;

function average(t: tf.Tensor, view: NormView, weights: tf.Tensor | null): tf.Tensor {
  const axes = reducedAxes(view);
  if (weights == null) return meanOver(t, axes);
  const total = sum(tf.mul(counted(t, weights), weights), axes);
  return tf.div(total, tf.add(sum(weights, axes), NO_WEIGHT));
}

/**
 * Averages are kept away from zero by adding epsilon, norms by a floor. A norm at its floor does
 * not move with x; that of a zero vector has the reciprocal 0, so that zeros stay zeros and their
 * gradient is zero.
 */
function divisor(total: tf.Tensor, {statistic, epsilon}: NormalizeAttrs) {
  if (statistic.average) {
    return {spread: total, rstd: tf.rsqrt(tf.add(total, epsilon)), moves: tf.scalar(1)};
  }
  const floor = epsilon ** statistic.power;
  const moves = constant(total, t => tf.cast(tf.greater(t, floor), 'float32'));
  const nonzero = constant(total, t => tf.cast(tf.notEqual(t, 0), 'float32'));
  const held = constant(total, t =>
    tf.where(tf.greater(t, floor), 0, tf.where(tf.equal(t, 0), 1, floor)),
  );
  const safe = tf.add(tf.mul(total, moves), held);
  const reciprocal = statistic.power === 2 ? tf.rsqrt(safe) : tf.reciprocal(safe);
  const spread = statistic.power === 2 ? constant(total, tf.sqrt) : total;
  return {spread, rstd: tf.mul(nonzero, reciprocal), moves};
}

const collect = (
  t: tf.Tensor,
  view: NormView,
  statistic: Statistic,
  weights: tf.Tensor | null = null,
): tf.Tensor => {
  if (statistic.average) return average(t, view, weights);
  const terms = weights == null ? t : tf.mul(counted(t, weights), weights);
  return sum(terms, reducedAxes(view));
};
