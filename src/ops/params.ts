/** gamma and beta as the kernels take them. */
import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo} from '../any_rank.js';
import {axesOfParam} from '../check_params.js';
import {isGeneral} from '../kernels/run.js';
import {type AxesOf, type NormView, type ParamName, viewOf, viewOfEach} from '../view.js';
import {asFloat} from './arguments.js';

type Param = tf.Tensor | tf.TensorLike | null | undefined;

/** The result of `alignParams` for some parameters. */
export type Aligned = {
  /** The axes along which any of them varies. */
  readonly axes: readonly number[];
  /** The axes of each, where they differ and the backend in use takes that; null where they do not differ. */
  readonly axesOf: AxesOf | null;
  /** The parameters. */
  readonly params: ReadonlyArray<tf.Tensor | null>;
};

/**
 * Parameters, which were checked, as the kernels of the backend in use take them: as they are, or flat, with a value
 * for each element of the axes along which any of them varies. One that varies along fewer is then repeated.
 *
 * @param shape The input's shape.
 * @param features The axes of a parameter that has the shape of the features.
 * @param names The name of each parameter.
 */
export function alignParams(
  shape: readonly number[],
  features: readonly number[],
  names: readonly ParamName[],
  params: readonly Param[],
): Aligned {
  const tensors = params.map(param => (param == null ? null : asFloat(param)));
  const along = tensors.map(t => (t == null ? NONE : axesOfParam(t.shape, shape, features)!));
  const axes = along.reduce((all, own) => unionOf(all, own), NONE);
  const size = tf.util.sizeFromShape(axes.map(axis => shape[axis]));
  const differ = tensors.some((t, i) => t != null && along[i].length < axes.length);
  const isPlain = !differ && tensors.every(t => t == null || t.rank === 1);
  if (!isPlain && isGeneral() !== false) {
    const given = names.flatMap((name, i) => (tensors[i] == null ? [] : [[name, along[i]]]));
    return {axes, axesOf: differ ? (Object.fromEntries(given) as AxesOf) : null, params: tensors};
  }
  return {
    axes,
    axesOf: null,
    params: tensors.map((tensor, i) => {
      if (tensor == null) return null;
      if (along[i].length === axes.length) return asFloat(tensor, [size]);
      const aligned = asFloat(tensor, shapeAlong(shape, along[i]));
      return tf.reshape(broadcastTo(aligned, shapeAlong(shape, axes)), [size]);
    }),
  };
}

/** The view of a shape, with parameters that were aligned. `moved` says where axes are in that shape. */
export function viewOfAligned(
  shape: readonly number[],
  reduced: readonly number[],
  {axes, axesOf}: Pick<Aligned, 'axes' | 'axesOf'>,
  moved: (axes: readonly number[]) => readonly number[] = axes => axes,
): NormView {
  if (axesOf == null) return viewOf(shape, reduced, moved(axes));
  const own = Object.entries(axesOf).map(([name, axes]) => [name, moved(axes)]);
  return viewOfEach(shape, reduced, moved(axes), Object.fromEntries(own) as AxesOf);
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
