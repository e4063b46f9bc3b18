import * as tf from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {groupSize, paramCount} from '../../../view.js';
import {isRows, mapAlong, sumAcross, sumRows} from './along.js';
import {columnsGrad, fitsColumns} from './columns_grad.js';
import {type GradGroups, gradGroups, type GradInputs, type Grads} from './grad_groups.js';
import {addUp, concat, type Lines, linesOf, mapLines, perLine, sumLines} from './lines.js';
import {times} from './statistics.js';
import type {TensorFlow} from './tensorflow.js';

/** `dx` and the gradients of gamma and beta: each when it is asked for, out of what both need. */
export function normalizeGrad(ops: TensorFlow, inputs: GradInputs, attrs: NormalizeAttrs): Grads {
  const lines = linesOf(attrs.view);
  const groups = gradGroups(ops, inputs, attrs, lines);
  const {dx, dparams} = fitsColumns(ops, groups, attrs)
    ? columnsGrad(ops, inputs, groups, attrs)
    : linesGrad(ops, inputs, groups, attrs, lines);
  return {
    dx: () => times(ops, ops.reshape(dx(), inputs.x.shape), groups.scale),
    dparams,
  };
}

/** `dx = rstd * (h - mean(h) - direction * collect(h * xhat))` with `h = dy * gamma`. */
function linesGrad(
  ops: TensorFlow,
  inputs: GradInputs,
  groups: GradGroups,
  attrs: NormalizeAttrs,
  lines: Lines,
): Grads {
  const {view, statistic} = attrs;
  const {x, mean, rstd} = groups;
  const {groupOf, paramOf} = lines;
  const dy = ops.reshape(inputs.dy, [...lines.shape]);
  const dyx = once(() => ops.mul(dy, x));
  const dySums = once(() => sumsOf(ops, dy, dyx()));

  const dx = () => {
    const gamma = ops.read(inputs.gamma);
    const factor = perLine(lines, line => (paramOf == null ? 1 : gamma[paramOf[line]]));
    const h = paramOf == null ? mapAlong(ops, dy, inputs.gamma, null, view) : dy;
    const weighted = () =>
      isRows(view)
        ? {t: sumRows(ops, dy, inputs.gamma), tx: sumRows(ops, dyx(), inputs.gamma)}
        : sumsOf(ops, h, ops.mul(h, x));
    const sums = h === dy ? dySums() : weighted();
    const {meanH, along} = groupTerms(groups, attrs, lines, {
      h: sums.t.map((sum, line) => sum * factor[line]),
      hx: sums.tx.map((sum, line) => sum * factor[line]),
    });
    const slope = rstd.map((r, g) => -r * along[g] * (statistic.power === 2 ? r : 1));
    const constant = rstd.map((r, g) => -r * meanH[g] - slope[g] * mean[g]);
    const through = mapLines(
      ops,
      h,
      lines,
      perLine(lines, line => rstd[groupOf[line]] * factor[line]),
      perLine(lines, line => (statistic.center ? constant[groupOf[line]] : 0)),
    );
    const direction = statistic.power === 2 ? x : ops.sign(x);
    const slopes = perLine(lines, line => slope[groupOf[line]]);
    return ops.add(through, mapLines(ops, direction, lines, slopes, null));
  };

  const dparams = () => {
    const shift = mean.map((m, g) => -m * rstd[g]);
    if (paramOf == null) {
      // dy * xhat = dy * x * rstd - dy * mean * rstd
      return sumAcross(ops, {dy, dyx: dyx()}, {rstd, shift}, view, lines);
    }
    const sums = dySums();
    const params = paramCount(view);
    const dgamma = perLine(
      lines,
      line => sums.tx[line] * rstd[groupOf[line]] + sums.t[line] * shift[groupOf[line]],
    );
    return tf.tensor2d(concat(addUp(dgamma, paramOf, params), addUp(sums.t, paramOf, params)), [
      2,
      params,
    ]);
  };
  return {dx, dparams};
}

const sumsOf = (ops: TensorFlow, t: tf.TensorInfo, tx: tf.TensorInfo) => ({
  t: sumLines(ops, t),
  tx: sumLines(ops, tx),
});

/** Each group's `mean(h)` and `collect(h * xhat)`, with what `dstats` adds to them. */
function groupTerms(
  {mean, rstd, moves, dmean, dspread}: GradGroups,
  {view, statistic}: NormalizeAttrs,
  {groupOf}: Lines,
  sums: {h: ArrayLike<number>; hx: ArrayLike<number>},
): {meanH: Float64Array; along: Float64Array} {
  const count = groupSize(view);
  const sumH = addUp(sums.h, groupOf, mean.length);
  const sumHX = addUp(sums.hx, groupOf, mean.length);
  const along = sumHX.map((hx, g) => (hx - mean[g] * sumH[g]) * rstd[g]);
  if (!statistic.average) return {meanH: sumH, along: along.map((a, g) => (moves[g] ? a : 0))};
  if (!statistic.center) return {meanH: sumH, along: along.map(a => a / count)};
  return {
    // Less what comes through the mean and the variance themselves.
    meanH: sumH.map((h, g) => (h - dmean[g] / rstd[g]) / count),
    along: along.map((a, g) => (a - (2 * dspread[g]) / rstd[g] ** 2) / count),
  };
}

function once<T>(f: () => T): () => T {
  let value: {is: T} | null = null;
  return () => (value ??= {is: f()}).is;
}
