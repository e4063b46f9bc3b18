import * as tf from '@tensorflow/tfjs';
import {composition, type Implementation, layersOf} from './implementation.js';
import {fusedBatchNorm} from './tensorflow.js';

const EPSILON = 1e-3;

/**
 * The fastest standardization that we know in tf ops. It takes the differences once, where
 * tf.moments would take them again, and multiplies the small factors with each other before it
 * multiplies `x`.
 */
function standardize(x: tf.Tensor, axes: number[], gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor {
  const difference = tf.sub(x, tf.mean(x, axes, true));
  const variance = tf.mean(tf.square(difference), axes, true);
  const factor = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), gamma);
  return tf.add(tf.mul(difference, factor), beta);
}

/** The axes of the batch and of the positions, with channels last. */
const allButLast = (x: tf.Tensor): number[] => x.shape.map((_, axis) => axis).slice(0, -1);

/** A parameter of the channels of `[n, channels, height, width]`. */
const channelsFirst = (param: tf.Tensor) => tf.reshape(param, [-1, 1, 1]);

export const layerNorm: Implementation[] = [
  ...layersOf('layerNormalization', true),
  composition('tf.mean, sub, square, rsqrt, mul, add', ({x, gamma, beta}) =>
    standardize(x, [-1], gamma, beta),
  ),
];

export const batchNorm: Implementation[] = [
  ...layersOf('batchNormalization', true),
  fusedBatchNorm,
  composition('tf.moments, tf.batchNorm', ({x, gamma, beta}) => {
    const {mean, variance} = tf.moments(x, allButLast(x));
    return tf.batchNorm(x, mean, variance, beta, gamma, EPSILON);
  }),
  composition('tf.mean, sub, square, rsqrt, mul, add', ({x, gamma, beta}) =>
    standardize(x, allButLast(x), gamma, beta),
  ),
];

// With channels first, tf.batchNorm and the built-in layer are wrong on some backends.
export const batchNormChannelsFirst: Implementation[] = [
  composition('tf.mean, sub, square, rsqrt, mul, add', ({x, gamma, beta}) =>
    standardize(x, [0, 2, 3], channelsFirst(gamma), channelsFirst(beta)),
  ),
];

export const batchNormInference: Implementation[] = [
  ...layersOf('batchNormalization', false),
  composition('tf.batchNorm', ({x, mean, variance, gamma, beta}) =>
    tf.batchNorm(x, mean, variance, beta, gamma, EPSILON),
  ),
];

export const batchNormInferenceChannelsFirst: Implementation[] = [
  composition('tf.sub, rsqrt, mul, add', ({x, mean, variance, gamma, beta}) => {
    const factor = tf.mul(tf.rsqrt(tf.add(variance, EPSILON)), gamma);
    const scaled = tf.mul(tf.sub(x, channelsFirst(mean)), channelsFirst(factor));
    return tf.add(scaled, channelsFirst(beta));
  }),
];

export const groupNorm = (groups: number): Implementation[] => [
  composition('tf.mean, sub, square, rsqrt, mul, add', ({x, gamma, beta}) => {
    const [n, height, width, channels] = x.shape;
    const grouped = tf.reshape(x, [n, height * width, groups, channels / groups]);
    const params = [gamma, beta].map(param => tf.reshape(param, [groups, channels / groups]));
    return tf.reshape(standardize(grouped, [1, 3], params[0], params[1]), x.shape);
  }),
];

export const groupNormChannelsFirst = (groups: number): Implementation[] => [
  composition('tf.mean, sub, square, rsqrt, mul, add', ({x, gamma, beta}) => {
    const [n, channels, height, width] = x.shape;
    const grouped = tf.reshape(x, [n, groups, channels / groups, height * width]);
    const params = [gamma, beta].map(param => tf.reshape(param, [groups, channels / groups, 1]));
    return tf.reshape(standardize(grouped, [2, 3], params[0], params[1]), x.shape);
  }),
];

export const instanceNorm: Implementation[] = [
  composition('tf.mean, sub, square, rsqrt, mul, add', ({x, gamma, beta}) =>
    standardize(x, [1, 2], gamma, beta),
  ),
];

export const instanceNormChannelsFirst: Implementation[] = [
  composition('tf.mean, sub, square, rsqrt, mul, add', ({x, gamma, beta}) =>
    standardize(x, [2, 3], channelsFirst(gamma), channelsFirst(beta)),
  ),
];

export const rmsNorm: Implementation[] = [
  composition('tf.square, mean, rsqrt, mul', ({x, gamma}) => {
    const meanSquare = tf.mean(tf.square(x), -1, true);
    return tf.mul(x, tf.mul(tf.rsqrt(tf.add(meanSquare, 1e-6)), gamma));
  }),
];

export const l2Normalize: Implementation[] = [
  composition('tf.square, sum, sqrt, maximum, div', ({x}) =>
    tf.div(x, tf.maximum(tf.sqrt(tf.sum(tf.square(x), -1, true)), 1e-12)),
  ),
];

export const l1Normalize: Implementation[] = [
  composition('tf.abs, sum, maximum, div', ({x}) =>
    tf.div(x, tf.maximum(tf.sum(tf.abs(x), -1, true), 1e-12)),
  ),
];
