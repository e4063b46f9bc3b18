import * as tf from '@tensorflow/tfjs-core';
import {check, checkNumeric, checkRank, show} from '../check.js';
import {asFloat} from './arguments.js';
import {defineOp} from './define_op.js';

/** The options of `localResponseNorm`, which are those of `tf.localResponseNormalization`. */
export interface LocalResponseNormConfig {
  /** How many channels on each side are neighbours. Defaults to 5. */
  depthRadius?: number;
  /** Keeps the base away from zero. Defaults to 1. */
  bias?: number;
  /** Multiplies the sum of squares. Defaults to 1. */
  alpha?: number;
  /** The exponent. Defaults to 0.5. */
  beta?: number;
}

const OP = 'localResponseNorm';

function localResponseNorm_<T extends tf.Tensor>(
  x: T | tf.TensorLike,
  {depthRadius = 5, bias = 1, alpha = 1, beta = 0.5}: LocalResponseNormConfig = {},
): T {
  checkRank(OP, checkNumeric(OP, 'x', x), 1);
  checkResponse(OP, {depthRadius, bias, alpha, beta});
  const $x = asFloat(x);
  if ($x.size === 0) return tf.clone($x) as T;
  const config = {depthRadius, bias, alpha, beta};
  // tfjs's kernels have no second derivative; a pass that is differentiated twice runs at depth 2.
  const isNested = tf.engine().state.gradientDepth > 1;
  // On webgl, tfjs's gradient writes a whole beta as an integer, by which GLSL cannot multiply.
  const compiles = tf.getBackend() !== 'webgl' || !Number.isInteger(beta);
  return tf.reshape((isNested || !compiles ? composed : fused)($x, config), $x.shape) as T;
}

function fused(x: tf.Tensor, config: Required<LocalResponseNormConfig>): tf.Tensor {
  const {depthRadius, bias, alpha, beta} = config;
  const image = tf.reshape(x, [-1, 1, 1, x.shape[x.rank - 1]]) as tf.Tensor4D;
  return tf.localResponseNormalization(image, depthRadius, bias, alpha, beta);
}

function composed(x: tf.Tensor, config: Required<LocalResponseNormConfig>): tf.Tensor {
  const {depthRadius, bias, alpha, beta} = config;
  const lines = tf.reshape(x, [-1, x.shape[x.rank - 1]]);
  const base = tf.add(tf.mul(windowSum(tf.square(lines), depthRadius), alpha), bias);
  return tf.mul(lines, tf.pow(base, -beta));
}

/** @internal Checks the options, for the op and for the layer. */
export function checkResponse(op: string, config: Required<LocalResponseNormConfig>): void {
  const {depthRadius, ...numbers} = config;
  check(
    Number.isInteger(depthRadius) && depthRadius >= 0,
    op,
    () => `depthRadius must be an integer of at least 0, but is ${show(depthRadius)}.`,
  );
  for (const [name, value] of Object.entries(numbers)) {
    check(
      Number.isFinite(value),
      op,
      () => `${name} must be a finite number, but is ${show(value)}.`,
    );
  }
}

/**
 * The sum over each element's window of neighbours along the last axis. The element i lies in j's
 * window exactly when j lies in i's, so this linear map is its own gradient, of any order.
 */
const windowSum = (x: tf.Tensor, radius: number): tf.Tensor =>
  tf.customGrad(given => {
    const x = given as tf.Tensor2D;
    const [rows, size] = x.shape;
    // No two elements are farther apart than the two ends.
    const reach = Math.min(radius, size - 1);
    const width = 2 * reach + 1;
    const margin: [number, number] = [reach, reach];
    const padded = tf.pad(x, [[0, 0], margin]);
    const image = tf.reshape(padded, [rows, size + 2 * reach, 1, 1]) as tf.Tensor4D;
    const mean = tf.avgPool(image, [width, 1], 1, 'valid');
    return {
      value: tf.reshape(tf.mul(mean, width), [rows, size]),
      gradFunc: dy => windowSum(dy, radius),
    };
  })(x);

/**
 * Local response normalization across neighbouring channels, as in AlexNet,
 * [Krizhevsky et al. 2012](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks).
 *
 *     x        [..., channels]   any rank from 1 up
 *     result   as x              x / (bias + alpha * s) ** beta
 *     s        as x              the sum of x ** 2 over the channels up to depthRadius away
 *
 * It takes the arguments of `tf.localResponseNormalization` and has gradients of every order, where
 * that has the first one only. PyTorch's layer takes `size = 2 * depthRadius + 1` and divides alpha
 * by it.
 *
 * ```js
 * const x = tf.randomNormal([1, 8, 8, 16]);
 * tfn.localResponseNorm(x, {depthRadius: 2, alpha: 1e-4, beta: 0.75}).print();
 * ```
 *
 * @param x A tensor or an array; integers and booleans are cast to float32.
 * @param config `depthRadius` 5, `bias` 1, `alpha` 1 and `beta` 0.5.
 * @throws If depthRadius is not an integer of at least 0, or another number is not finite.
 */
export const localResponseNorm = /* @__PURE__ */ defineOp({localResponseNorm_}, ['x'], {
  depthRadius: true,
  bias: true,
  alpha: true,
  beta: true,
});
