/** Norms that are no view and statistic: their formulas in float64 and in tf ops, beside those of the package. */
import * as tf from '@tensorflow/tfjs-core';
import {type Cell, type Grouping, indexOf, type Layout} from './client/cube.js';

type Numbers = ArrayLike<number>;
type ExactInputs = {x: Numbers; gamma: Numbers; beta: Numbers; dy: Numbers; layout: Layout};
type Exact = {y: Float64Array; dx: Float64Array};
type Composed = (x: tf.Tensor, axis: number, gamma?: tf.Tensor, beta?: tf.Tensor) => tf.Tensor;

/** The formula that a norm is compared with, and the elements that it takes together. */
export type Reference = Grouping & {exact: (inputs: ExactInputs) => Exact; composed: Composed};

/** Calls `f` for each element. */
function each(layout: Layout, f: (i: number, cell: Cell) => void): void {
  for (let n = 0; n < layout.batch; n++) {
    for (let c = 0; c < layout.channels; c++) {
      for (let p = 0; p < layout.positions; p++) f(indexOf(layout, {n, c, p}), {n, c, p});
    }
  }
}

/** The sum of `f` for each example and channel. */
function sums(layout: Layout, f: (i: number, cell: Cell) => number): number[][] {
  const total = Array.from({length: layout.batch}, () =>
    new Array<number>(layout.channels).fill(0),
  );
  each(layout, (i, cell) => (total[cell.n][cell.c] += f(i, cell)));
  return total;
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const EPSILON = 1e-6;

/** A parameter of the channels, to be multiplied with x. */
const along = (x: tf.Tensor, axis: number, param: tf.Tensor) =>
  tf.reshape(
    param,
    x.shape.map((size, i) => (i === axis ? size : 1)),
  );

export const GLOBAL_RESPONSE: Reference = {
  exact({x, gamma, beta, dy, layout}) {
    const norm = sums(layout, i => x[i] ** 2).map(row => row.map(Math.sqrt));
    const divisor = norm.map(row => mean(row) + EPSILON);
    const products = sums(layout, (i, {c}) => dy[i] * x[i] * gamma[c]);
    // The derivatives in the norms, each of which is in its own share and in all divisors.
    const shares = norm.map((row, n) => row.map(value => value / divisor[n]));
    const slopes = products.map((row, n) => {
      const common = mean(row.map((product, c) => product * shares[n][c]));
      return row.map(product => (product - common) / divisor[n]);
    });
    const [y, dx] = [new Float64Array(x.length), new Float64Array(x.length)];
    each(layout, (i, {n, c}) => {
      const factor = 1 + gamma[c] * shares[n][c];
      y[i] = x[i] * factor + beta[c];
      dx[i] = dy[i] * factor + (x[i] * slopes[n][c]) / (norm[n][c] || 1);
    });
    return {y, dx};
  },
  composed(x, axis, gamma, beta) {
    const positions = x.shape.map((_, i) => i).filter(i => i !== 0 && i !== axis);
    const norm = tf.sqrt(tf.sum(tf.square(x), positions, true));
    const share = tf.div(norm, tf.add(tf.mean(norm, axis, true), EPSILON));
    const response = tf.mul(tf.mul(x, share), along(x, axis, gamma!));
    return tf.add(tf.add(x, response), along(x, axis, beta!));
  },
  isWith: (cell, nearest) => cell.n === nearest.n && cell.c === nearest.c,
  told: 'each channel of an example has a length, which is compared with the other channels’; one is marked.',
};

export const ALPHA = 0.5;

/** `gamma f(alpha x) + beta`. */
const squash = (
  f: (z: number) => number,
  slope: (z: number) => number,
  inTf: (z: tf.Tensor) => tf.Tensor,
): Reference => ({
  exact({x, gamma, beta, dy, layout}) {
    const [y, dx] = [new Float64Array(x.length), new Float64Array(x.length)];
    each(layout, (i, {c}) => {
      y[i] = gamma[c] * f(ALPHA * x[i]) + beta[c];
      dx[i] = dy[i] * gamma[c] * ALPHA * slope(ALPHA * x[i]);
    });
    return {y, dx};
  },
  composed: (x, axis, gamma, beta) =>
    tf.add(tf.mul(inTf(tf.mul(x, ALPHA)), along(x, axis, gamma!)), along(x, axis, beta!)),
  isWith: (cell, nearest) => cell.n === nearest.n && cell.c === nearest.c && cell.p === nearest.p,
  told: 'each element stands for itself; one is marked.',
});

/** Its Taylor series, which has the digits wanted here up to 5. */
function erf(z: number): number {
  let [term, sum] = [z, z];
  for (let k = 1; Math.abs(term) > 1e-17 * Math.abs(sum) && k < 200; k++) {
    term *= -(z * z) / k;
    sum += term / (2 * k + 1);
  }
  return Math.abs(z) > 5 ? Math.sign(z) : (2 / Math.sqrt(Math.PI)) * sum;
}

export const DYNAMIC_TANH = squash(Math.tanh, z => 1 - Math.tanh(z) ** 2, tf.tanh);
export const DYNAMIC_ERF = squash(erf, z => (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z), tf.erf);

/** Channels on each side. */
export const RADIUS = 2;

export const LOCAL_RESPONSE: Reference = {
  exact({x, dy, layout}) {
    const [y, dx] = [new Float64Array(x.length), new Float64Array(x.length)];
    /** The sum of `f` over the neighbouring channels. */
    const around = ({n, c, p}: Cell, f: (i: number) => number) => {
      let sum = 0;
      const end = Math.min(layout.channels - 1, c + RADIUS);
      for (let k = Math.max(0, c - RADIUS); k <= end; k++) sum += f(indexOf(layout, {n, c: k, p}));
      return sum;
    };
    const base = new Float64Array(x.length);
    each(layout, (i, cell) => (base[i] = 1 + around(cell, k => x[k] ** 2)));
    each(layout, (i, cell) => {
      y[i] = x[i] / Math.sqrt(base[i]);
      dx[i] =
        dy[i] / Math.sqrt(base[i]) - x[i] * around(cell, k => (dy[k] * x[k]) / base[k] ** 1.5);
    });
    return {y, dx};
  },
  composed(x) {
    const channels = x.shape[x.rank - 1];
    const lines = tf.reshape(x, [-1, channels]);
    // A band of ones sums up each channel's neighbours.
    const band = tf.linalg.bandPart(tf.ones([channels, channels]), RADIUS, RADIUS);
    const base = tf.add(tf.matMul(tf.square(lines), band), 1);
    return tf.reshape(tf.mul(lines, tf.rsqrt(base)), x.shape);
  },
  isWith: (cell, nearest) =>
    cell.n === nearest.n && cell.p === nearest.p && Math.abs(cell.c - nearest.c) <= RADIUS,
  told: 'each element has a window of channels around it; the nearest element’s is marked.',
};
