/** Shapes of tensors; null where they are not known. */
import {backend_util, util} from '@tensorflow/tfjs-core';
import {Refused} from './refusal.js';

export type Shape = readonly number[] | null;

export function broadcast(a: Shape, b: Shape): Shape {
  if (a == null || b == null) return null;
  try {
    return backend_util.assertAndGetBroadcastShape([...a], [...b]);
  } catch {
    throw new Refused('its shapes do not fit');
  }
}

/** The shape with 1 in front, or without such, at this rank; null if it has other axes more. */
export function atRank(shape: readonly number[], rank: number): readonly number[] | null {
  const missing = rank - shape.length;
  if (missing >= 0) return [...Array<number>(missing).fill(1), ...shape];
  return shape.slice(0, -missing).every(size => size === 1) ? shape.slice(-missing) : null;
}

/** The shape that is left of `shape` when these axes are reduced. */
export const reduced = (
  shape: readonly number[],
  axes: readonly number[],
  keepdims: boolean,
): number[] => shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : keepdims ? [1] : []));

/** The shape that a Reshape makes of so many elements, with -1 for what is left. */
export function reshaped(shape: Shape, target: readonly number[] | null): Shape {
  if (shape == null || target == null) return null;
  const size = util.sizeFromShape([...shape]);
  const rest = target
    .filter(length => length !== -1)
    .reduce((product, length) => product * length, 1);
  const result = target.map(length => (length === -1 ? size / rest : length));
  if (util.sizeFromShape(result) !== size) throw new Refused('its shapes do not fit');
  return result;
}

export const isSameShape = (a: Shape, b: Shape): boolean =>
  a == null || b == null || util.arraysEqual([...a], [...b]);

/** The axes, counted from 0 where the rank is known, and in ascending order. */
export function countedFrom0(axes: readonly number[], shape: Shape): number[] {
  const counted = axes.map(axis => (axis < 0 && shape != null ? axis + shape.length : axis));
  if (shape != null && !counted.every(axis => axis in shape)) {
    throw new Refused('its axes do not exist');
  }
  if (new Set(counted).size < counted.length) throw new Refused('it has an axis twice');
  return counted.sort((a, b) => a - b);
}
