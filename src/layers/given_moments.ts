/** The mean and variance that `Normalization` may be given, so that it need not be adapted. */
import * as tf from '@tensorflow/tfjs-core';
import {check, show} from '../check.js';

/** Numbers for the axes that are kept: one number for all, or an array. */
export type Given = number | number[] | number[][];

export type GivenMoments = {mean: Given; variance: Given};

/** The two if they fit each other; null if neither is given. */
export function checkMoments(
  layer: string,
  axis: number[],
  mean: Given | null,
  variance: Given | null,
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
  check(
    numbersOf(mean).every(Number.isFinite) &&
      numbersOf(variance).every(value => Number.isFinite(value) && value >= 0),
    layer,
    () => `mean and variance must be finite numbers, variance at least 0, but ${came()}`,
  );
  const shape = shapeOf(mean);
  check(
    tf.util.arraysEqual(shape, shapeOf(variance)),
    layer,
    () => `mean and variance must have the same shape, but ${came()}`,
  );
  check(
    shape.length <= axis.length,
    layer,
    () => `mean must have at most one axis for each that is kept (${axis.length}), but ${came()}`,
  );
  return {mean, variance};
}

/** Checks that the given mean fits the sizes of the axes that are kept, or of the last of these. */
export function checkFeatures(layer: string, {mean}: GivenMoments, features: number[]): void {
  const shape = shapeOf(mean);
  const expected = features.slice(features.length - shape.length);
  check(
    shape.every((size, i) => size === 1 || size === expected[i]),
    layer,
    () => `mean must have the features [${expected.join(', ')}], but has [${shape.join(', ')}].`,
  );
}

const numbersOf = (given: Given): number[] => [given].flat(2);

const shapeOf = (given: unknown): number[] =>
  Array.isArray(given) ? [given.length, ...shapeOf(given[0])] : [];
