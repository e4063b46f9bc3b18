import {backend_util, reshape, type Tensor, util} from '@tensorflow/tfjs-core';
import {broadcastTo} from '../any_rank.js';
import {type NormView, viewOf} from '../view.js';

type Input = {shape: number[]; dtype: string};

/** How tfjs's batch norm sees `x`. */
export type BatchNormView = {
  /** The shape to which mean, variance, scale and offset are repeated first. */
  common: number[];
  /** Null where that is the shape of `x`: each element has its own. */
  view: NormView | null;
};

/**
 * The view of tfjs's `FusedBatchNorm`; null for types other than float32, for an empty `x`, and for
 * shapes that do not broadcast to that of `x`.
 */
export function batchNormView(x: Input, params: Input[]): BatchNormView | null {
  const {shape} = x;
  const isFloat = [x, ...params].every(({dtype}) => dtype === 'float32');
  if (!isFloat || util.sizeFromShape(shape) === 0) return null;
  const common = broadcastShape(params.map(param => param.shape));
  if (common == null || !util.arraysEqual(broadcastShape([common, shape]) ?? [], shape))
    return null;

  const axes = shape.map((_, axis) => axis);
  const sizes = [...Array<number>(shape.length - common.length).fill(1), ...common];
  const repeated = axes.filter(axis => sizes[axis] < shape[axis]);
  const others = axes.filter(axis => !repeated.includes(axis));
  return {common, view: repeated.length > 0 ? viewOf(shape, repeated, others) : null};
}

/** A parameter as a list: one of the values in the common shape. Reshaping costs as much as another op. */
export function flattened(param: Tensor, common: number[]): Tensor {
  const flat = [util.sizeFromShape(common)];
  const repeated = util.arraysEqual(param.shape, common) ? param : broadcastTo(param, common);
  return util.arraysEqual(repeated.shape, flat) ? repeated : reshape(repeated, flat);
}

/** Null where the shapes do not fit. */
function broadcastShape(shapes: number[][]): number[] | null {
  try {
    return shapes.reduce(backend_util.assertAndGetBroadcastShape, []);
  } catch {
    return null;
  }
}
