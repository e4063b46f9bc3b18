/** Normalization with given statistics, and all its gradients, on the active backend. */
import * as tf from '@tensorflow/tfjs-core';
import {batchNormInference} from '../../src/ops/index.js';
import {random} from '../random.js';
import {assertClose} from '../close.js';
import {type Case, onCpu, type Precision, tidyCase} from './case.js';

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
const LARGE = 10_000;

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
    const first = tidyCase(`${name}: ${given.name}`, () => firstOrder(problem(), precision));
    // The large ones are there for how the kernels divide them, which second order does not change.
    if (tf.util.sizeFromShape(given.shape) > LARGE) return [first];
    return [
      first,
      tidyCase(`${name}: second order: ${given.name}`, () => secondOrder(problem(), precision)),
    ];
  });

type GivenProblem = ReturnType<typeof problemOf>;

function problemOf({shape, axis, mean = 0}: Given, makeOp: GivenOp, {store}: Precision) {
  const axes = tf.util.parseAxisParam(axis, shape);
  const features = shape.filter((_, i) => axes.includes(i));
  const aligned = shape.map((n, i) => (axes.includes(i) ? n : 1));
  const values = (sizes: number[], seed: number, mean = 0, std = 1) =>
    random(tf.util.sizeFromShape(sizes), seed, mean, std);
  const tensor = (sizes: number[], ...of: [seed: number, mean?: number, std?: number]) =>
    tf.tensor(store(values(sizes, ...of)), sizes);
  /** On the active backend: x, mean, variance, gamma and beta. */
  const inputs = () => [
    tensor(shape, 1, mean, 2),
    tensor(features, 2, mean),
    tf.tensor(store(values(features, 3).map(v => v * v + 0.5)), features),
    tensor(features, 4, 1),
    tensor(features, 5),
  ];
  const op = makeOp(axis, EPSILON);
  /** The formula in tf ops, which neither sum nor cancel in the first order: float32 is enough. */
  const formula: Op = (x, ...params) => {
    const [mean, variance, gamma, beta] = params.map(param => tf.reshape(param, aligned));
    const rstd = tf.rsqrt(tf.add(variance, EPSILON));
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), rstd), gamma), beta);
  };
  return {inputs, op, formula, dy: () => tensor(shape, 6)};
}

async function firstOrder({inputs, op, formula, dy}: GivenProblem, precision: Precision) {
  const valuesOf = (op: Op) => {
    const {value, grads} = tf.valueAndGrads(op)(inputs(), dy());
    return Promise.all([value, ...grads].map(t => t.data()));
  };
  const [[y, ...found], [truth, ...gradients]] = [
    await valuesOf(op),
    await onCpu(() => valuesOf(formula)),
  ];
  assertClose('y', y, truth, precision.forward);
  ['dx', 'dmean', 'dvariance', 'dgamma', 'dbeta'].forEach((name, i) => {
    assertClose(name, found[i], gradients[i], precision.gradient);
  });
}

/** The loss is not linear in any input. */
async function secondOrder({inputs, op, formula, dy}: GivenProblem, precision: Precision) {
  const derivatives = (op: Op) => {
    const weights = dy();
    const first = tf.grads((...inputs) => tf.sum(tf.mul(weights, tf.square(op(...inputs)))));
    const second = tf.grads((...inputs) =>
      tf.addN(first(inputs).map(gradient => tf.mean(tf.square(gradient)))),
    );
    return Promise.all(second(inputs()).map(t => t.data()));
  };
  const expected = await onCpu(() => derivatives(formula));
  for (const [i, found] of (await derivatives(op)).entries()) {
    assertClose(`derivative ${i}`, found, expected[i], precision.secondOrder);
  }
}
