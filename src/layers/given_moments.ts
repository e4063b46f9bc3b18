/** The mean and variance that `Normalization` may be given, so that it need not be adapted. */
import * as tf from '@tensorflow/tfjs-core';
import {check, show} from '../check.js';

/** One number for all, or numbers for the axes that are kept, as an array or a tensor. */
export type GivenMoment =
  number | readonly number[] | readonly number[][] | tf.TypedArray | tf.Tensor;

/** Numbers as configs have them. */
type Plain = number | Plain[];

/** The two in one shape, which Keras wants. */
export type GivenMoments = {mean: Plain; variance: Plain; shape: number[]};

/** The two if they fit each other; null if neither is given. */
export function checkMoments(
  layer: string,
  axis: number[],
  mean: GivenMoment | null,
  variance: GivenMoment | null,
): GivenMoments | null {
  const came = () => `mean is ${show(mean)} and variance is ${show(variance)}.`;
  if (mean == null || variance == null) {
    check(
      mean === variance,
      layer,
      () => `mean and variance must be given together, but ${came()}`,
    );
    return null;
  }
  const [m, v] = [mean, variance].map(plain);
  check(
    numbersIn(m).every(Number.isFinite) &&
      numbersIn(v).every(value => Number.isFinite(value) && value >= 0),
    layer,
    () => `mean and variance must be finite numbers, variance at least 0, but ${came()}`,
  );
  check(
    isRegular(m) && isRegular(v),
    layer,
    () => `mean and variance must have lists of one length at each depth, but ${came()}`,
  );
  const isOne = [m, v].some(given => typeof given === 'number');
  check(
    isOne || tf.util.arraysEqual(shapeOf(m), shapeOf(v)),
    layer,
    () => `mean and variance must have the same shape, or one of them none, but ${came()}`,
  );
  const shape = shapeOf(typeof m === 'number' ? v : m);
  check(
    shape.length <= axis.length,
    layer,
    () => `mean must have at most one axis for each that is kept (${axis.length}), but ${came()}`,
  );
  return {mean: spread(m, v), variance: spread(v, m), shape};
}

/** Checks that the given mean fits the sizes of the axes that are kept, or of the last of these. */
export function checkFeatures(layer: string, {shape}: GivenMoments, features: number[]): void {
  const expected = features.slice(features.length - shape.length);
  check(
    shape.every((size, i) => size === 1 || size === expected[i]),
    layer,
    () => `mean must have the features [${expected.join(', ')}], but has [${shape.join(', ')}].`,
  );
}

const plain = (given: GivenMoment): Plain => {
  if (given instanceof tf.Tensor) return given.isDisposed ? NaN : given.arraySync();
  return (ArrayBuffer.isView(given) ? Array.from(given as tf.TypedArray) : given) as Plain;
};

const numbersIn = (given: Plain): number[] =>
  Array.isArray(given) ? given.flatMap(numbersIn) : [given];

const shapeOf = (given: Plain): number[] =>
  Array.isArray(given) ? [given.length, ...shapeOf(given[0])] : [];

/** Whether all lists at each depth have one length. */
const isRegular = (given: Plain, shape = shapeOf(given)): boolean =>
  Array.isArray(given)
    ? given.length === shape[0] && given.every(inner => isRegular(inner, shape.slice(1)))
    : shape.length === 0;

/** A single number in the shape of the other array. */
const spread = (given: Plain, other: Plain): Plain =>
  typeof given === 'number' && Array.isArray(other)
    ? other.map(inner => spread(given, inner))
    : given;
