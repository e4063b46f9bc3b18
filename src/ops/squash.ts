/** The common part of `dynamicTanh` and `dynamicErf`: `gamma * squash(alpha * x + shift) + beta`. */
import * as tf from '@tensorflow/tfjs-core';
import {activate, type AnyActivation, slopeOf} from '../activation.js';
import {checkAxes, checkNumeric, checkRank} from '../check.js';
import {checkAffine, checkOne} from '../check_params.js';
import {isGeneral} from '../kernels/run.js';
import {shaped, viewed} from '../reference_affine.js';
import {L2} from '../statistic.js';
import {countOf, type NormView, otherAxes, type ParamName, varies} from '../view.js';
import {affine} from './affine.js';
import {asFloat} from './arguments.js';
import {alignParams, viewOfAligned} from './params.js';
import {normalizeGrad} from './normalize_grad.js';
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

/** A function that squashes all numbers between -1 and 1. */
type Squash = 'tanh' | 'erf';

type Inputs = Readonly<Record<'x' | 'alpha' | 'shift' | 'gamma' | 'beta', tf.Tensor>>;

/** How an op sees its inputs, and which of the parameters are given. */
type Call = {
  squash: Squash;
  view: NormView;
  hasShift: boolean;
  hasGamma: boolean;
  hasParams: boolean;
};

/**
 * All elements share one alpha and one shift. On a GPU x keeps its last axis, since WebGL would copy it into a texture of
 * another shape.
 */
function asOne({size, shape}: tf.Tensor): NormView {
  const columns = isGeneral() ? shape[shape.length - 1] : size;
  const sizes = columns === size ? [size] : [size / columns, columns];
  return sizes.map(size => ({size, reduced: true, param: false}));
}

/** `squash(alpha * x + shift)`. */
function squashedAffine(squash: Squash, {x, alpha, shift}: Inputs): tf.Tensor {
  const terms = {gamma: alpha, beta: shift};
  return squash === 'tanh' || isGeneral()
    ? affine(x, asOne(x), {...terms, activation: squash})
    : tf.erf(affine(x, asOne(x), terms));
}

/** The result, in one kernel if that is general; else the squashed values, which are kept for the gradient, come first. */
function forward({squash, view, ...has}: Call, inputs: Inputs): {y: tf.Tensor; saved: tf.Tensor[]} {
  const {x, alpha, shift, gamma, beta} = inputs;
  if (isGeneral()) {
    const z = {gamma: alpha, beta: has.hasShift ? shift : null};
    const terms = {...z, ...(has.hasParams && {scale: gamma, offset: beta})};
    return {y: affine(x, scaledView(view), {...terms, activation: squash}), saved: []};
  }
  const value = squashedAffine(squash, inputs);
  return {y: affine(value, view, {gamma, beta}), saved: [value]};
}

/** The view in which gamma and beta are scale and offset, and there is one alpha and one shift. */
const scaledView = (view: NormView): NormView =>
  view.map(axis => {
    if (!axis.param) return axis;
    const without: ParamName[] = ['gamma', 'beta', 'mean', 'variance'];
    if (!varies(axis, 'gamma')) without.push('scale');
    if (!varies(axis, 'beta')) without.push('offset');
    return {...axis, without};
  });

/** The gradients of all inputs. */
function backward(
  {squash, view, hasGamma, hasParams}: Call,
  dy: tf.Tensor,
  inputs: Inputs,
  [saved]: tf.Tensor[],
): tf.Tensor[] {
  const {x, alpha, shift, gamma, beta} = inputs;
  const dvalue = hasGamma ? affine(dy, view, {gamma}) : dy;
  const value = () => saved ?? squashedAffine(squash, inputs);
  const dparams = () => productSums(dy, value(), view);
  const [dgamma, dbeta] = hasParams ? dparams() : [tf.zerosLike(gamma), tf.zerosLike(beta)];
  const ofAffine = isGeneral()
    ? activationGrads(dvalue, x, {gamma: alpha, beta: shift, activation: squash})
    : composedGrads(squash, dvalue, value(), inputs);
  return [...ofAffine, asFloat(dgamma, gamma.shape), asFloat(dbeta, beta.shape)];
}

/** The gradients of x, gamma and beta in `activation(x * gamma + beta)`, with one gamma and one beta. */
function activationGrads(
  dy: tf.Tensor,
  x: tf.Tensor,
  {activation, ...params}: {gamma: tf.Tensor; beta: tf.Tensor; activation: AnyActivation},
): tf.Tensor[] {
  // A norm of 0 that divides by 1: epsilon holds it up, so that the gradient of x has no term of the norm's.
  const stats = tf.tensor([0, 0, 0, 1], [1, 2, 2]);
  const wanted = {dx: true, dparams: true};
  const attrs = {view: asOne(x), statistic: L2, epsilon: 0, activation, wanted};
  return normalizeGrad({dy, x, ...params, stats}, attrs);
}

/** The same in kernels that are not general. */
function composedGrads(
  squash: Squash,
  dvalue: tf.Tensor,
  value: tf.Tensor,
  {x, alpha, shift}: Inputs,
): tf.Tensor[] {
  const slope =
    squash === 'tanh'
      ? tf.sub(1, tf.square(value))
      : slopeOf('erf', affine(x, asOne(x), {gamma: alpha, beta: shift}));
  const dz = tf.mul(dvalue, slope);
  return [affine(dz, asOne(dz), {gamma: alpha}), ...productSums(dz, x, asOne(dz))];
}

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

  const aligned = alignParams(shape, features, ['gamma', 'beta'], [gamma, beta]);
  const view = viewOfAligned(shape, otherAxes(aligned.axes, shape.length), aligned);
  const [$gamma, $beta] = aligned.params;
  const inputs = {
    x: asFloat(x),
    alpha: asFloat(alpha ?? 0.5, [1]),
    shift: asFloat(shift ?? 0, [1]),
    gamma: $gamma ?? tf.ones([countOf(view, 'gamma')]),
    beta: $beta ?? tf.zeros([countOf(view, 'beta')]),
  };
  if (inputs.x.size === 0) return withoutEffect(inputs.x, Object.values(inputs).slice(1));
  const hasGamma = gamma != null;
  const hasParams = hasGamma || beta != null;
  const call = {squash, view, hasShift: shift != null, hasGamma, hasParams};
  return withReference(Object.values(inputs), {
    forward: () => forward(call, inputs),
    backward: (dy, [x, alpha, shift, gamma, beta], saved) =>
      backward(call, dy, {x, alpha, shift, gamma, beta}, saved),
    reference: (x, alpha, shift, gamma, beta) => {
      const z = tf.add(tf.mul(viewed(x, view), alpha), shift);
      const scaled = tf.mul(activate(squash, z), shaped(gamma, view, 'gamma'));
      return tf.reshape(tf.add(scaled, shaped(beta, view, 'beta')), x.shape);
    },
  });
}
