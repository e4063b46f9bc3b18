/** GRN, DyT, Derf and weight standardization beside their formulas in tf ops, in values and gradients. */
import * as tf from '@tensorflow/tfjs-core';
import {activate, withSlope} from '../../src/activation.js';
import * as tfn from '../../src/ops/index.js';
import {assertClose, rms} from '../close.js';
import {random} from '../random.js';
import {type Case, tidyCase} from './case.js';

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;
type Row = {
  name: string;
  /** The shapes of the inputs, x first. */
  shapes: number[][];
  op: Op;
  formula: Op;
};

/** GRN over the axes of the positions, with the channels on `axis`. */
const response =
  (positions: number[], axis: number): Op =>
  (x, gamma, beta) => {
    const shape = x.shape.map((size, i) => (i === axis ? size : 1));
    const norm = tf.sqrt(tf.sum(tf.square(x), positions, true));
    const share = tf.div(norm, tf.add(tf.mean(norm, axis, true), 1e-6));
    const scaled = tf.mul(tf.mul(tf.reshape(gamma, shape), x), share);
    return tf.add(tf.add(x, scaled), tf.reshape(beta, shape));
  };

/** Not tf.tanh and tf.erf, whose gradients have none that are right (tensorflow/tfjs#3252). */
const tanh = (z: tf.Tensor) => activate('tanh', z);
const density: (z: tf.Tensor) => tf.Tensor = withSlope(
  z => tf.mul(tf.exp(tf.neg(tf.square(z))), 2 / Math.sqrt(Math.PI)),
  z => tf.mul(tf.mul(z, -2), density(z)),
);
const erf = withSlope(tf.erf, density);

const standardized: Op = w => {
  const axes = w.shape.map((_, i) => i).slice(0, -1);
  const {mean, variance} = tf.moments(w, axes, true);
  return tf.div(tf.sub(w, mean), tf.sqrt(tf.add(variance, 1e-6)));
};

// prettier-ignore
const ROWS: Row[] = [
  {name: 'GRN, channels last', shapes: [[3, 4, 5, 6], [6], [6]],
    op: (x, gamma, beta) => tfn.globalResponseNorm(x, {gamma, beta}), formula: response([1, 2], 3)},
  {name: 'GRN, channels first', shapes: [[2, 7, 30], [7], [7]],
    op: (x, gamma, beta) => tfn.globalResponseNorm(x, {gamma, beta, axis: 1}), formula: response([2], 1)},
  {name: 'GRN, channels between, of rank 6', shapes: [[2, 3, 2, 5, 2, 2], [5], [5]],
    op: (x, gamma, beta) => tfn.globalResponseNorm(x, {gamma, beta, axis: 3}),
    formula: (x, ...params) => tf.reshape(response([1, 3], 2)(tf.reshape(x, [2, 6, 5, 4]), ...params), x.shape)},
  {name: 'DyT', shapes: [[3, 5, 7], [], [7], [7]],
    op: (x, alpha, gamma, beta) => tfn.dynamicTanh(x, {alpha, gamma, beta}),
    formula: (x, alpha, gamma, beta) => tf.add(tf.mul(tanh(tf.mul(x, alpha)), gamma), beta)},
  {name: 'DyT with parameters of each example', shapes: [[3, 5, 7], [1], [3, 1, 7]],
    op: (x, alpha, gamma) => tfn.dynamicTanh(x, {alpha, gamma}),
    formula: (x, alpha, gamma) => tf.mul(tanh(tf.mul(x, alpha)), gamma)},
  {
    name: 'Derf',
    shapes: [[3, 5, 7], [], [1], [5], [5]],
    op: (x, alpha, shift, gamma, beta) => tfn.dynamicErf(x, {alpha, shift, gamma, beta, axis: 1}),
    formula: (x, alpha, shift, gamma, beta) => {
      const [factor, offset] = [gamma, beta].map(t => tf.reshape(t, [5, 1]));
      return tf.add(tf.mul(erf(tf.add(tf.mul(x, alpha), shift)), factor), offset);
    },
  },
  {name: 'weight standardization', shapes: [[3, 3, 4, 5]], op: w => tfn.standardizeWeights(w), formula: standardized},
  {name: 'scaled weight standardization', shapes: [[3, 3, 4, 5], [5]],
    op: (w, gain) => tfn.standardizeWeights(w, {scaled: true, gain, gamma: 1.5}),
    formula: (w, gain) => tf.mul(standardized(w), tf.mul(gain, 1.5 / Math.sqrt(36)))},
];

/** `op`'s values and gradients of first and second order are those of the formula. */
async function asFormula({shapes, op, formula}: Row): Promise<void> {
  const tensor = (shape: number[], seed: number) =>
    tf.tensor(random(tf.util.sizeFromShape(shape), seed, 0.5), shape);
  const inputs = shapes.map(tensor);
  const dy = tensor(shapes[0], 11);
  const v = shapes.map((shape, i) => tensor(shape, 21 + i));
  const first = (f: Op) => tf.grads((...given) => tf.sum(tf.mul(f(...given), dy)));
  // The squares are for inputs on which the first gradients do not depend.
  const along =
    (f: Op) =>
    (...given: tf.Tensor[]) =>
      tf.addN([
        ...first(f)(given).map((gradient, i) => tf.sum(tf.mul(gradient, v[i]))),
        ...given.map(t => tf.sum(tf.square(t))),
      ]);
  const results = (f: Op) => [f(...inputs), ...first(f)(inputs), ...tf.grads(along(f))(inputs)];
  const [found, expected] = [results(op), results(formula)];
  for (const [i, wanted] of expected.entries()) {
    const values = Array.from(await wanted.data());
    const order = Math.floor((i + shapes.length - 1) / shapes.length);
    const tolerance = [2e-6, 1e-5, 1e-4][order];
    assertClose(`result ${i}`, await found[i].data(), values, tolerance, Math.max(1, rms(values)));
  }
}

/** A channel of zeros has a norm that does not move, and the others none that is NaN. */
async function zeroChannel(): Promise<void> {
  const x = tf.tensor([0, 3, 0, 4], [1, 2, 2]);
  const y = tfn.globalResponseNorm(x, {beta: [1, 0]});
  // The norms are 0 and 5, their mean 2.5, so that the second channel's share is 2.
  assertClose('y', await y.data(), [1, 9, 1, 12], 2e-6);
  const dx = tf.grad(x => tfn.globalResponseNorm(x))(x);
  assertClose('dx', await dx.data(), [1, 3, 1, 3], 1e-5);
  const ddx = tf.grad(x => tf.grad(x => tf.square(tfn.globalResponseNorm(x)))(x))(x);
  const values = await ddx.data();
  assertClose(
    'ddx',
    values,
    Array.from(values, v => (Number.isFinite(v) ? v : 0)),
    0,
  );
}

export const newerNormCases: Case[] = [
  ...ROWS.map(row =>
    tidyCase(`${row.name} in values and gradients of first and second order`, () => asFormula(row)),
  ),
  tidyCase('GRN of a channel of zeros', zeroChannel),
];
