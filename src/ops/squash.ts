/** What `dynamicTanh` and `dynamicErf` share: `gamma * squash(alpha * x + shift) + beta`. */
import * as tf from '@tensorflow/tfjs-core';
import {activate, withSlope} from '../activation.js';
import {checkAxes, checkNumeric, checkRank} from '../check.js';
import {checkAffine, checkOne} from '../check_params.js';
import {shaped, viewed} from '../reference_affine.js';
import {countOf, type NormView, otherAxes} from '../view.js';
import {affine} from './affine.js';
import {asFloat} from './arguments.js';
import {alignParams, viewOfAligned} from './params.js';
import {productSums} from './product_sums.js';
import {withReference} from './with_reference.js';
import {withoutEffect} from './without_effect.js';

/** The options that both ops have. */
export interface SquashConfig {
  /** The axis or axes of the features, whose shape gamma and beta may have. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** One number, which may be trained: multiplies `x`. Defaults to 0.5. */
  alpha?: tf.Tensor | tf.TensorLike | null;
  /** Multiplies the squashed values; its shape is as in `layerNorm`. Defaults to 1. */
  gamma?: tf.Tensor | tf.TensorLike | null;
  /** Is added behind that. Defaults to 0. */
  beta?: tf.Tensor | tf.TensorLike | null;
}

type Term = (z: tf.Tensor) => tf.Tensor;

/** A function that squashes all numbers between -1 and 1. */
export type Squash = {
  /** Of `alpha * x + shift`, where alpha and shift have the shape [1]. */
  readonly ofAffine: (x: tf.Tensor, alpha: tf.Tensor, shift: tf.Tensor) => tf.Tensor;
  /** The derivative, from `z`, or from the function's value, whichever takes fewer kernels. */
  readonly slope: (z: () => tf.Tensor, value: tf.Tensor) => tf.Tensor;
  /** The function of `z`, with gradients of every order. */
  readonly reference: Term;
};

/** All elements share one alpha and one shift. */
const asOne = ({size}: tf.Tensor): NormView => [{size, reduced: true, param: false}];

export const TANH: Squash = {
  ofAffine: (x, gamma, beta) => affine(x, asOne(x), {gamma, beta, activation: 'tanh'}),
  slope: (_, value) => tf.sub(1, tf.square(value)),
  reference: z => activate('tanh', z),
};

const density: Term = withSlope(
  z => tf.mul(tf.exp(tf.neg(tf.square(z))), 2 / Math.sqrt(Math.PI)),
  z => tf.mul(tf.mul(z, -2), density(z)),
);

export const ERF: Squash = {
  ofAffine: (x, gamma, beta) => tf.erf(affine(x, asOne(x), {gamma, beta})),
  slope: z => density(z()),
  reference: withSlope(tf.erf, density),
};

/** Checks all arguments, and computes. */
export function squashed(
  op: string,
  squash: Squash,
  x: tf.Tensor | tf.TensorLike,
  {axis = -1, alpha, shift, gamma, beta}: SquashConfig & {shift?: tf.Tensor | tf.TensorLike | null},
): tf.Tensor {
  const shape = checkNumeric(op, 'x', x);
  checkRank(op, shape, 1);
  const features = checkAxes(op, axis, shape.length);
  for (const [name, param] of Object.entries({alpha, shift})) {
    if (param != null) checkOne(op, name, param);
  }
  checkAffine(op, 0, {gamma, beta}, shape, features);

  const $x = asFloat(x);
  const [$alpha, $shift] = [asFloat(alpha ?? 0.5, [1]), asFloat(shift ?? 0, [1])];
  const aligned = alignParams(shape, features, ['gamma', 'beta'], [gamma, beta]);
  const {params} = aligned;
  const view = viewOfAligned(shape, otherAxes(aligned.axes, shape.length), aligned);
  const [gammas, betas] = [[countOf(view, 'gamma')], [countOf(view, 'beta')]];
  const [$gamma, $beta] = [params[0] ?? tf.ones(gammas), params[1] ?? tf.zeros(betas)];
  const inputs = [$x, $alpha, $shift, $gamma, $beta];
  if ($x.size === 0) return withoutEffect($x, inputs.slice(1));
  return withReference(inputs, {
    forward: () => {
      const value = squash.ofAffine($x, $alpha, $shift);
      return {y: affine(value, view, {gamma: $gamma, beta: $beta}), saved: [value]};
    },
    backward: (dy, [x, alpha, shift, gamma], [value]) => {
      const hasParams = params.some(param => param != null);
      const [dgamma, dbeta] = hasParams
        ? productSums(dy, value, view)
        : [tf.zeros(gammas), tf.zeros(betas)];
      const z = () => affine(x, asOne(x), {gamma: alpha, beta: shift});
      const dvalue = params[0] == null ? dy : affine(dy, view, {gamma: gamma});
      const dz = tf.mul(dvalue, squash.slope(z, value));
      const [dalpha, dshift] = productSums(dz, x, asOne(dz));
      const dx = affine(dz, asOne(dz), {gamma: alpha});
      return [dx, dalpha, dshift, asFloat(dgamma, $gamma.shape), asFloat(dbeta, $beta.shape)];
    },
    reference: (x, alpha, shift, gamma, beta) => {
      const z = tf.add(tf.mul(viewed(x, view), alpha), shift);
      const scaled = tf.mul(squash.reference(z), shaped(gamma, view, 'gamma'));
      return tf.reshape(tf.add(scaled, shaped(beta, view, 'beta')), x.shape);
    },
  });
}
