/** gamma and beta as the kernels take them. */
import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo} from '../any_rank.js';
import {axesOfParam} from '../check_params.js';
import {asFloat} from './arguments.js';

type Param = tf.Tensor | tf.TensorLike | null | undefined;

/**
 * Brings gamma and beta, which were checked, to one shape, flat: a value for each element of `axes`, along
 * which one of them or both vary. One that varies along fewer is repeated.
 *
 * @param shape The input's shape.
 * @param features The axes of a parameter that has the shape of the features.
 */
export function alignParams(
  shape: readonly number[],
  features: readonly number[],
  params: readonly Param[],
): {axes: readonly number[]; params: Array<tf.Tensor | null>} {
  const tensors = params.map(param => (param == null ? null : asFloat(param)));
  const along = tensors.map(t => (t == null ? NONE : axesOfParam(t.shape, shape, features)!));
  const axes = along.reduce((all, own) => unionOf(all, own), NONE);
  const size = tf.util.sizeFromShape(axes.map(axis => shape[axis]));
  return {
    axes,
    params: tensors.map((tensor, i) => {
      if (tensor == null) return null;
      if (along[i].length === axes.length) return asFloat(tensor, [size]);
      const aligned = asFloat(tensor, shapeAlong(shape, along[i]));
      return tf.reshape(broadcastTo(aligned, shapeAlong(shape, axes)), [size]);
    }),
  };
}

const NONE: readonly number[] = [];

/** The axes of both lists, in ascending order as each has them; the list itself where both are one. */
function unionOf(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0 || a === b) return a;
  if (a.length === 0) return b;
  return [...new Set([...a, ...b])].sort((first, second) => first - second);
}

/** A parameter, which was checked, in a shape of the input's rank: 1 for the axes along which it does not vary. */
export function broadcastable(
  param: tf.Tensor | tf.TensorLike,
  shape: readonly number[],
  features: readonly number[],
): tf.Tensor {
  const tensor = asFloat(param);
  return asFloat(tensor, shapeAlong(shape, axesOfParam(tensor.shape, shape, features)!));
}

/** The shape with 1 for all axes but these. */
const shapeAlong = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((size, axis) => (axes.includes(axis) ? size : 1));
