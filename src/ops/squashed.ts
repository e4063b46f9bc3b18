/** What normalizes without statistics: `gamma * f(alpha * x + shift) + beta`, with f of the range (-1, 1). */
import * as tf from '@tensorflow/tfjs-core';
import {erf, tanh} from '../activation.js';
import {check, checkAxes, checkNumeric, checkRank, showShape} from '../check.js';
import {checkParam} from '../check_params.js';
import {sum} from '../sum.js';
import {asFloat} from './arguments.js';
import {broadcastable} from './params.js';
import {withoutEffect} from './without_effect.js';

type Param = tf.Tensor | tf.TensorLike | null;

/** What dynamicTanh and dynamicErf have in common. */
export interface SquashConfig {
  /** One number, which may be trained: multiplies x. Defaults to 0.5. */
  alpha?: tf.Tensor | tf.TensorLike;
  /** The axis or axes of the features, whose shape gamma and beta may have. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** Multiplies the squashed values: [features], or as many axes as x, each 1 or x's size. Defaults to 1. */
  gamma?: Param;
  /** Is added behind that, in a shape that gamma may have. Defaults to 0. */
  beta?: Param;
}

/** A function with its slope, as a function of x and of its value there. */
type Squash = {
  readonly value: (z: tf.Tensor) => tf.Tensor;
  readonly slope: (z: tf.Tensor, value: tf.Tensor) => tf.Tensor;
};

export const TANH: Squash = {value: tanh, slope: (_, value) => tf.sub(1, tf.square(value))};
export const ERF: Squash = {
  value: erf,
  slope: z => tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(z)))),
};

/** Checks the arguments and computes the result, with one backward pass for all gradients. */
export function squashed(
  op: string,
  squash: Squash,
  x: tf.Tensor | tf.TensorLike,
  {alpha = 0.5, axis = -1, gamma, beta}: SquashConfig,
  shift: tf.Tensor | tf.TensorLike = 0,
): tf.Tensor {
  const shape = checkNumeric(op, 'x', x);
  checkRank(op, shape, 1);
  const features = checkAxes(op, axis, shape.length);
  for (const [name, one] of Object.entries({alpha, shift})) checkOne(op, name, one);
  for (const [name, param] of Object.entries({gamma, beta})) {
    if (param != null) checkParam(op, name, param, shape, features);
  }

  const $x = asFloat(x);
  const scalars = [asFloat(alpha, []), asFloat(shift, [])];
  const params = [gamma ?? tf.ones([1]), beta ?? tf.zeros([1])].map((param, i) =>
    [gamma, beta][i] == null
      ? asFloat(
          param,
          shape.map(() => 1),
        )
      : broadcastable(param, shape, features),
  );
  if ($x.size === 0) return withoutEffect($x, [...scalars, ...params]);
  const run = tf.customGrad((...args: unknown[]) => {
    const [x, alpha, shift, gamma, beta, save] = args as [...Five, tf.GradSaveFunc];
    save([x, alpha, shift, gamma, beta]);
    return {
      value: tf.add(tf.mul(squash.value(tf.add(tf.mul(x, alpha), shift)), gamma), beta),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => gradients(squash, dy, saved as Five),
    };
  });
  return run($x, ...scalars, ...params);
}

type Five = [x: tf.Tensor, alpha: tf.Tensor, shift: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor];

/** The gradients, of ops that have gradients themselves. The squashed values are computed again. */
function gradients(
  squash: Squash,
  dy: tf.Tensor,
  [x, alpha, shift, gamma, beta]: Five,
): tf.Tensor[] {
  const z = tf.add(tf.mul(x, alpha), shift);
  const value = squash.value(z);
  const dz = tf.mul(tf.mul(dy, gamma), squash.slope(z, value));
  const total = (t: tf.Tensor) =>
    tf.reshape(
      sum(
        t,
        t.shape.map((_, axis) => axis),
      ),
      [],
    );
  return [
    tf.mul(dz, alpha),
    total(tf.mul(dz, x)),
    total(dz),
    sumTo(tf.mul(dy, value), gamma.shape),
    sumTo(dy, beta.shape),
  ];
}

/** The sum over the axes that have size 1 in the shape. */
function sumTo(t: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const axes = t.shape.flatMap((size, axis) => (size !== shape[axis] ? [axis] : []));
  return axes.length === 0 ? t : sum(t, axes);
}

function checkOne(op: string, name: string, value: unknown): void {
  const given = checkNumeric(op, name, value);
  check(
    tf.util.sizeFromShape(given) === 1,
    op,
    () => `${name} must be one number, but has the shape ${showShape(given)}.`,
  );
}
