/** Checks of what an op applies to the normalized values. */
import * as tf from '@tensorflow/tfjs-core';
import {type Activation, ACTIVATIONS} from './activation.js';
import {check, checkNumeric, show, showShape} from './check.js';

/**
 * Checks that a statistic has a value for each element of the features, which are these axes of the
 * input: in their shape, or in one that broadcasts against the input and varies along them alone,
 * such as [1, 1, channels].
 */
export function checkFeatures(
  op: string,
  name: string,
  param: unknown,
  shape: readonly number[],
  axes: readonly number[],
): void {
  const given = checkNumeric(op, name, param);
  const features = axes.map(axis => shape[axis]);
  const aligned = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  check(
    tf.util.arraysEqual(given, features) ||
      tf.util.arraysEqual(padded(given, shape.length), padded(aligned, given.length)),
    op,
    () => `${name} must have the shape ${showShape(features)}, but has ${showShape(given)}.`,
  );
}

/** The shape with 1 in front, up to this rank. */
const padded = (shape: readonly number[], rank: number): number[] => [
  ...Array<number>(Math.max(0, rank - shape.length)).fill(1),
  ...shape,
];

/** The options that `checkAffine` checks. */
type Affine = {
  gamma?: unknown;
  beta?: unknown;
  gammaOffset?: number;
  activation?: Activation | null;
};

/**
 * Checks epsilon, and what is applied to the normalized values. The axes are those along which gamma
 * and beta vary where they have the shape of the features.
 */
export function checkAffine(
  op: string,
  epsilon: number,
  {gamma, beta, gammaOffset = 0, activation}: Affine,
  shape: readonly number[],
  axes: readonly number[],
): void {
  checkEpsilon(op, epsilon);
  if (gamma != null) checkParam(op, 'gamma', gamma, shape, axes);
  if (beta != null) checkParam(op, 'beta', beta, shape, axes);
  check(
    Number.isFinite(gammaOffset),
    op,
    () => `gammaOffset must be a finite number, but is ${show(gammaOffset)}.`,
  );
  check(
    gammaOffset === 0 || gamma != null,
    op,
    () => `gammaOffset is added to gamma, but there is no gamma.`,
  );
  check(
    activation == null || ACTIVATIONS.includes(activation),
    op,
    () => `activation must be one of ${ACTIVATIONS.join(', ')}, but is ${show(activation)}.`,
  );
}

/** Checks that a parameter varies along the features, or along any axes of the input. */
export function checkParam(
  op: string,
  name: string,
  param: unknown,
  shape: readonly number[],
  features: readonly number[],
): void {
  const given = checkNumeric(op, name, param);
  if (axesOfParam(given, shape, features) != null) return;
  const rule = [
    features.map(axis => shape[axis]),
    ...(given.length === shape.length ? [shape] : []),
  ];
  check(
    false,
    op,
    () =>
      `${name} must have the shape ${rule.map(showShape).join(', or with 1 for any size ')}, ` +
      `but has ${showShape(given)}.`,
  );
}

/**
 * The axes of the input along which a parameter of a shape varies: those of the features, or, if it has
 * as many axes as the input, those that are not 1. With fewer, it must vary along all the features, as
 * [heads, features] does. `null` if the shape is none of these.
 */
export function axesOfParam(
  given: readonly number[],
  shape: readonly number[],
  features: readonly number[],
): readonly number[] | null {
  if (hasFeatures(given, shape, features)) return features;
  const spare = given.length - shape.length;
  if (given.slice(0, Math.max(0, spare)).some(size => size !== 1)) return null;
  const aligned = padded(given, shape.length).slice(Math.max(0, spare));
  if (aligned.some((size, axis) => size !== 1 && size !== shape[axis])) return null;
  if (spare < 0 && features.some(axis => aligned[axis] !== shape[axis])) return null;
  return aligned.flatMap((size, axis) => (size === 1 ? [] : [axis]));
}

function hasFeatures(
  given: readonly number[],
  shape: readonly number[],
  features: readonly number[],
): boolean {
  if (given.length !== features.length) return false;
  for (let i = 0; i < given.length; i++) if (given[i] !== shape[features[i]]) return false;
  return true;
}

/** Checks that epsilon is a finite number, not below 0. */
export function checkEpsilon(op: string, epsilon: number): void {
  check(
    Number.isFinite(epsilon) && epsilon >= 0,
    op,
    () => `epsilon must be a finite number of at least 0, but is ${show(epsilon)}.`,
  );
}

/** Checks that a parameter is one number, whatever its rank; true is what a layer's flag of this name is. */
export function checkOne(op: string, name: string, param: unknown): void {
  check(
    typeof param !== 'boolean',
    op,
    () => `${name} must be a number, or a tensor of one, but is ${show(param)}.`,
  );
  const given = checkNumeric(op, name, param);
  check(
    tf.util.sizeFromShape(given) === 1,
    op,
    () => `${name} must have the shape [1], but has ${showShape(given)}.`,
  );
}
