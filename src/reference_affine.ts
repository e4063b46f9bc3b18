/** How the reference sees tensors, and what it applies to the normalized values. */
import * as tf from '@tensorflow/tfjs-core';
import {MOST_AXES} from './any_rank.js';
import {activate, slopeOf} from './activation.js';
import {check, showShape} from './check.js';
import type {NormalizeAttrs} from './kernels/contract.js';
import {type NormView, type ParamName, varies, type ViewAxis} from './view.js';

/** `t` in the shape of the view. */
export function viewed(t: tf.Tensor, view: NormView): tf.Tensor {
  const shape = view.map(axis => axis.size);
  check(
    shape.length <= MOST_AXES || tf.getBackend() !== 'wasm',
    'tfjs-normalization',
    () =>
      `x must not need more than ${MOST_AXES} axes for the ops of tfjs on wasm, of which a gradient of ` +
      `second order is made, but is seen as ${showShape(shape)}.`,
  );
  return tf.reshape(t, shape);
}
export const reducedAxes = (view: NormView) => axesWhere(view, axis => axis.reduced);
export const groupShape = (view: NormView) => view.map(axis => (axis.reduced ? 1 : axis.size));
/** A flat parameter in a shape that broadcasts over the view. */
export const shaped = (param: tf.Tensor, view: NormView, name: ParamName): tf.Tensor =>
  tf.reshape(
    param,
    view.map(axis => (varies(axis, name) ? axis.size : 1)),
  );
/** The axes over which the gradient of a parameter adds up. */
export const axesWithout = (view: NormView, name: ParamName) =>
  axesWhere(view, axis => !varies(axis, name));
const axesWhere = (view: NormView, keep: (axis: ViewAxis) => boolean): number[] =>
  view.flatMap((axis, i) => (keep(axis) ? [i] : []));

/** The residual that is added to the input before it is normalized, and the gate that multiplies the input, if there is one. */
export type Added = {residual: tf.Tensor; gate?: tf.Tensor | null; alpha: number};

/** `alpha * residual + gate * x`, in x's shape. */
export function summed(x: tf.Tensor, {residual, gate, alpha}: Added, view: NormView): tf.Tensor {
  const gated =
    gate == null ? x : tf.reshape(tf.mul(viewed(x, view), shaped(gate, view, 'gate')), x.shape);
  return tf.add(gated, alpha === 1 ? residual : tf.mul(residual, alpha));
}

/** The whole factor, gamma and its offset, in a shape that broadcasts over the view. */
export const factor = (gamma: tf.Tensor, {view, gammaOffset = 0}: NormalizeAttrs): tf.Tensor => {
  const $gamma = shaped(gamma, view, 'gamma');
  return gammaOffset === 0 ? $gamma : tf.add($gamma, gammaOffset);
};

export const affine = (xhat: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, attrs: NormalizeAttrs) =>
  tf.add(tf.mul(xhat, factor(gamma, attrs)), shaped(beta, attrs.view, 'beta'));

export const activated = (z: tf.Tensor, {activation}: NormalizeAttrs): tf.Tensor =>
  activation == null ? z : activate(activation, z);

/** The gradient in front of the activation, where there is one. */
export const behindActivation = (
  dy: tf.Tensor,
  z: () => tf.Tensor,
  {activation}: NormalizeAttrs,
): tf.Tensor => (activation == null ? dy : tf.mul(dy, slopeOf(activation, z())));
