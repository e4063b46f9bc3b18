/** Normalization with given statistics, and all its gradients, on the active backend. */
import * as tf from '@tensorflow/tfjs-core';
import {batchNormInference} from '../../src/ops/index.js';
import {normalizeGiven64} from '../float64.js';
import {random} from '../random.js';
import {assertClose} from '../close.js';
import {type Case, type Precision, tidyCase} from './case.js';

export type Given = {name: string; shape: number[]; axis: number | number[]; mean?: number};

const TABLE: Given[] = [
  {name: 'one value', shape: [1, 1], axis: -1},
  {name: 'one feature', shape: [7, 1], axis: -1},
  {name: 'one example', shape: [1, 11], axis: -1},
  {name: 'rank 1', shape: [5], axis: -1},
  {name: 'no axis of more than one behind the features', shape: [7, 3, 1, 1], axis: 1},
  {name: 'features last, prime', shape: [37, 13], axis: -1},
  {name: 'images, channels last', shape: [3, 7, 5, 12], axis: -1},
  {name: 'images, channels first', shape: [3, 12, 7, 5], axis: 1},
  {name: 'images, channels first, in several parts', shape: [2, 35, 50, 50], axis: 1},
  {name: 'more rows than a texture or a workgroup has', shape: [5003, 6], axis: -1},
  {name: 'more features than a strip', shape: [9, 2051], axis: -1},
  {name: 'features first', shape: [19, 4, 33], axis: 0},
  {name: 'feature axes apart', shape: [4, 3, 20, 5], axis: [1, 3]},
  {name: 'rank 6', shape: [2, 3, 2, 3, 2, 5], axis: -3},
  {name: 'a large mean', shape: [40, 24], axis: -1, mean: 1000},
];

const EPSILON = 1e-2;

type Op = (...inputs: tf.Tensor[]) => tf.Tensor;
/** Batch norm of x, mean, variance, gamma and beta; the axes of the features are not sorted out yet. */
export type GivenOp = (axis: number | number[], epsilon: number) => Op;

const inference: GivenOp = (axis, epsilon) => (x, mean, variance, gamma, beta) =>
  batchNormInference(x, mean, variance, {axis, gamma, beta, epsilon});

export const givenCases = (precision: Precision): Case[] =>
  casesOf('given statistics', TABLE, inference, precision);

/** Values and gradients of each row of the table, by this op. */
export const casesOf = (name: string, table: Given[], op: GivenOp, precision: Precision): Case[] =>
  table.flatMap(given => {
    const problem = () => problemOf(given, op, precision);
    return [
      tidyCase(`${name}: ${given.name}`, () => firstOrder(given, problem(), precision)),
      tidyCase(`${name}: second order: ${given.name}`, () => secondOrder(problem(), precision)),
    ];
  });

type GivenProblem = ReturnType<typeof problemOf>;

function problemOf({shape, axis, mean = 0}: Given, makeOp: GivenOp, {store}: Precision) {
  const axes = tf.util.parseAxisParam(axis, shape);
  const features = shape.filter((_, i) => axes.includes(i));
  const count = tf.util.sizeFromShape(features);
  const size = tf.util.sizeFromShape(shape);
  const values = {
    x: store(random(size, 1, mean, 2)),
    mean: store(random(count, 2, mean)),
    variance: store(random(count, 3).map(v => 0.5 + v * v)),
    gamma: store(random(count, 4, 1)),
    beta: store(random(count, 5)),
    dy: store(random(size, 6)),
  };
  const {dy, x, ...params} = values;
  const inputs = [
    tf.tensor(x, shape),
    ...Object.values(params).map(param => tf.tensor(param, features)),
  ];
  const op = makeOp(axis, EPSILON);
  const aligned = shape.map((n, i) => (axes.includes(i) ? n : 1));
  return {values, inputs, op, dy: tf.tensor(dy, shape), aligned, axes};
}

async function firstOrder(
  given: Given,
  {values, inputs, op, dy, axes}: GivenProblem,
  precision: Precision,
) {
  const problem = {shape: given.shape, params: axes, epsilon: EPSILON};
  const truth = normalizeGiven64(values, problem);
  assertClose('y', await op(...inputs).data(), truth.y, precision.forward);
  const gradients = tf.grads(op)(inputs, dy);
  for (const [i, name] of (['dx', 'dmean', 'dvariance', 'dgamma', 'dbeta'] as const).entries()) {
    assertClose(name, await gradients[i].data(), truth[name], precision.gradient);
  }
}

/** The loss is not linear in any input; the formula in tf ops gives what is expected. */
async function secondOrder({inputs, op, dy, aligned}: GivenProblem, precision: Precision) {
  const formula: Op = (x, ...params) => {
    const [mean, variance, gamma, beta] = params.map(param => tf.reshape(param, aligned));
    const rstd = tf.rsqrt(tf.add(variance, EPSILON));
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), rstd), gamma), beta);
  };
  const derivatives = (op: Op) => {
    const first = tf.grads((...inputs) => tf.sum(tf.mul(dy, tf.square(op(...inputs)))));
    return tf.grads((...inputs) =>
      tf.addN(first(inputs).map(gradient => tf.mean(tf.square(gradient)))),
    )(inputs);
  };
  const expected = derivatives(formula);
  for (const [i, gradient] of derivatives(op).entries()) {
    const truth = await expected[i].data();
    assertClose(`derivative ${i}`, await gradient.data(), truth, precision.secondOrder);
  }
}
