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
  const given = params.map(param => {
    if (param == null) return null;
    const tensor = asFloat(param);
    return {tensor, axes: axesOfParam(tensor.shape, shape, features)!};
  });
  const axes = shape.flatMap((_, axis) =>
    given.some(of => of?.axes.includes(axis)) ? [axis] : [],
  );
  const size = tf.util.sizeFromShape(axes.map(axis => shape[axis]));
  return {
    axes,
    params: given.map(of => {
      if (of == null) return null;
      if (of.axes.length === axes.length) return asFloat(of.tensor, [size]);
      const aligned = asFloat(of.tensor, shapeAlong(shape, of.axes));
      return tf.reshape(broadcastTo(aligned, shapeAlong(shape, axes)), [size]);
    }),
  };
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
