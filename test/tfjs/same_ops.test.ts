/** Our ops against the same formulas in tf's own ops. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/ops/index.js';
import {expectClose} from '../close.js';
import {normal} from './helpers.js';

// The composed formulas round to float32 after each of their ops, ours only at the end.
const VALUE = 5e-6;
const GRADIENT = 2e-5;
const SECOND_ORDER = 1e-4;

type Op = (x: tf.Tensor, ...params: tf.Tensor[]) => tf.Tensor;
type Case = {
  name: string;
  shape: number[];
  paramShapes: number[][];
  tfjs: Op;
  ours: Op;
};

const EPSILON = 1e-3;

/** gamma and beta must broadcast. */
function standardized(x: tf.Tensor, axes: number[], gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const {mean, variance} = tf.moments(x, axes, true);
  const xhat = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(xhat, gamma), beta);
}

function momentsAndBatchNorm(x: tf.Tensor, axes: number[], gamma: tf.Tensor, beta: tf.Tensor) {
  const {mean, variance} = tf.moments(x, axes);
  return tf.batchNorm(x, mean, variance, beta, gamma, EPSILON);
}

const CASES: Case[] = [
  {
    name: 'batchNorm is tf.moments and tf.batchNorm',
    shape: [6, 5],
    paramShapes: [[5], [5]],
    tfjs: (x, gamma, beta) => momentsAndBatchNorm(x, [0], gamma, beta),
    ours: (x, gamma, beta) => tfn.batchNorm(x, {gamma, beta}).y,
  },
  {
    name: 'batchNorm of images is tf.moments and tf.batchNorm',
    shape: [2, 3, 3, 4],
    paramShapes: [[4], [4]],
    tfjs: (x, gamma, beta) => momentsAndBatchNorm(x, [0, 1, 2], gamma, beta),
    ours: (x, gamma, beta) => tfn.batchNorm(x, {gamma, beta}).y,
  },
  {
    name: 'batchNorm of axis 1 is the broadcast formula',
    shape: [2, 4, 3, 3],
    paramShapes: [[4], [4]],
    tfjs: (x, gamma, beta) =>
      standardized(x, [0, 2, 3], tf.reshape(gamma, [4, 1, 1]), tf.reshape(beta, [4, 1, 1])),
    ours: (x, gamma, beta) => tfn.batchNorm(x, {axis: 1, gamma, beta}).y,
  },
  {
    name: "batchNorm's mean is that of tf.moments",
    shape: [6, 5],
    paramShapes: [],
    tfjs: x => tf.moments(x, [0]).mean,
    ours: x => tfn.batchNorm(x).mean,
  },
  {
    name: "batchNorm's variance is that of tf.moments",
    shape: [2, 4, 3],
    paramShapes: [],
    tfjs: x => tf.moments(x, [0, 2]).variance,
    ours: x => tfn.batchNorm(x, {axis: 1}).variance,
  },
  {
    name: 'batchNormInference is tf.batchNorm',
    shape: [2, 3, 3, 4],
    paramShapes: [[4], [4], [4], [4]],
    tfjs: (x, gamma, beta, mean, deviation) =>
      tf.batchNorm(x, mean, tf.square(deviation), beta, gamma, EPSILON),
    ours: (x, gamma, beta, mean, deviation) =>
      tfn.batchNormInference(x, mean, tf.square(deviation), {gamma, beta}),
  },
  {
    name: 'layerNorm is the broadcast formula',
    shape: [4, 3, 7],
    paramShapes: [[7], [7]],
    tfjs: (x, gamma, beta) => standardized(x, [2], gamma, beta),
    ours: (x, gamma, beta) => tfn.layerNorm(x, {gamma, beta}),
  },
  {
    name: 'layerNorm of two axes is the broadcast formula',
    shape: [2, 5, 3, 4],
    paramShapes: [
      [5, 4],
      [5, 4],
    ],
    tfjs: (x, gamma, beta) =>
      standardized(x, [1, 3], tf.reshape(gamma, [5, 1, 4]), tf.reshape(beta, [5, 1, 4])),
    ours: (x, gamma, beta) => tfn.layerNorm(x, {axis: [1, 3], gamma, beta}),
  },
  {
    name: 'groupNorm is layer norm of a reshaped tensor',
    shape: [2, 3, 3, 6],
    paramShapes: [[6], [6]],
    tfjs: (x, gamma, beta) => {
      const groups = tf.reshape(x, [2, 9, 3, 2]);
      const xhat = standardized(groups, [1, 3], tf.scalar(1), tf.scalar(0));
      return tf.add(tf.mul(tf.reshape(xhat, [2, 3, 3, 6]), gamma), beta);
    },
    ours: (x, gamma, beta) => tfn.groupNorm(x, {groups: 3, gamma, beta}),
  },
  {
    name: 'instanceNorm is the broadcast formula',
    shape: [2, 3, 4, 5],
    paramShapes: [[5], [5]],
    tfjs: (x, gamma, beta) => standardized(x, [1, 2], gamma, beta),
    ours: (x, gamma, beta) => tfn.instanceNorm(x, {gamma, beta}),
  },
  {
    name: 'rmsNorm is the broadcast formula',
    shape: [4, 7],
    paramShapes: [[7]],
    tfjs: (x, gamma) =>
      tf.mul(gamma, tf.mul(x, tf.rsqrt(tf.add(tf.mean(tf.square(x), 1, true), 1e-6)))),
    ours: (x, gamma) => tfn.rmsNorm(x, {gamma}),
  },
  {
    name: 'l2Normalize divides by tf.norm',
    shape: [4, 7],
    paramShapes: [],
    tfjs: x => tf.div(x, tf.norm(x, 2, 1, true)),
    ours: x => tfn.l2Normalize(x),
  },
  {
    name: 'l2Normalize of two axes divides by tf.norm',
    shape: [2, 3, 5],
    paramShapes: [],
    tfjs: x => tf.div(x, tf.norm(x, 'euclidean', [1, 2], true)),
    ours: x => tfn.l2Normalize(x, {axis: [1, 2]}),
  },
  {
    name: 'l1Normalize divides by tf.norm of order 1',
    shape: [4, 7],
    paramShapes: [],
    tfjs: x => tf.div(x, tf.norm(x, 1, 0, true)),
    ours: x => tfn.l1Normalize(x, {axis: 0}),
  },
];

describe.each(CASES)('$name', ({shape, paramShapes, tfjs, ours}) => {
  const x = normal(shape, 1, 0.5, 2);
  const params = paramShapes.map((paramShape, i) => normal(paramShape, 2 + i, 1, 0.3));

  test('in value', () => {
    const y = ours(x, ...params);
    const expected = tfjs(x, ...params);
    expect(y.shape).toEqual(expected.shape);
    expectClose(y, expected, VALUE);
  });

  test('in the gradients of all inputs', () => {
    const [expected, found] = [tfjs, ours].map(op => {
      const f = (...[x, ...params]: tf.Tensor[]) => op(x, ...params);
      return tf.grads(f)([x, ...params], normal(op(x, ...params).shape, 9));
    });
    found.forEach((gradient, i) => {
      expectClose(gradient, expected[i], GRADIENT);
    });
  });

  test('in the gradient of a gradient', () => {
    const [expected, found] = [tfjs, ours].map(op => {
      const dy = normal(op(x, ...params).shape, 9);
      const dx = tf.grad(x => op(x, ...params));
      // Times x, because the gradient of the linear ones does not depend on it.
      return tf.grad(x => tf.sum(tf.mul(x, tf.square(dx(x, dy)))))(x);
    });
    expectClose(found, expected, SECOND_ORDER);
  });
});
