/**
 * The one measure of closeness, for tests in jest's process and for cases in a browser's page alike:
 * it knows nothing of jest. Tensors are read with dataSync, which webgpu does not have; there it
 * takes arrays.
 */
import type * as tf from '@tensorflow/tfjs-core';

export type Values = tf.Tensor | ArrayLike<number>;

const arrayOf = (values: Values): ArrayLike<number> =>
  'dataSync' in values ? values.dataSync() : values;

export const rms = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum / values.length);
};

/** Where values may be NaN or infinite, those that are neither have a scale. */
function scaleOf(values: ArrayLike<number>): number {
  const scale = rms(values);
  return Number.isFinite(scale) ? scale : rms(Array.from(values).filter(Number.isFinite)) || 0;
}

/** The place where two arrays differ most. NaN and Infinity must stand in the same places. */
function worst(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  let [at, difference] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] === expected[i] || Object.is(actual[i], expected[i])) continue;
    const distance = Math.abs(actual[i] - expected[i]);
    if (distance <= difference) continue;
    [at, difference] = [i, Number.isNaN(distance) ? Infinity : distance];
    if (difference === Infinity) break;
  }
  return {at, difference};
}

/**
 * The largest difference, relative to `scale`. The scale is the root mean square of `expected` unless it
 * is given: single values near zero have no relative precision of their own. A gradient that is zero
 * up to cancellation needs the scale of the terms that cancel.
 */
export function relativeError(actual: Values, expected: Values, scale?: number): number {
  const [a, e] = [arrayOf(actual), arrayOf(expected)];
  if (a.length !== e.length) return Infinity;
  const {difference} = worst(a, e);
  return difference === 0 ? 0 : difference / (scale ?? scaleOf(e));
}

/** `relativeError` must be at most `tolerance`; `what` names the values where it is not. */
export function assertClose(
  what: string,
  actual: Values,
  expected: Values,
  tolerance: number,
  scale?: number,
  assertion: Assertion = assertClose,
): void {
  const [a, e] = [arrayOf(actual), arrayOf(expected)];
  const {length} = e;
  assert(a.length === length, () => `${what} has ${a.length} values, not ${length}`, assertion);
  const {at, difference} = worst(a, e);
  const allowed = tolerance * (scale ?? scaleOf(e));
  const message = () =>
    `${what}[${at}] of ${length} is ${a[at]}, not ${e[at]}: off by ${difference.toPrecision(3)}, ` +
    `more than ${allowed.toPrecision(3)}`;
  assert(difference <= allowed, message, assertion);
}

/** `assertClose` for tests of one value each, which need no name for it. */
export function expectClose(
  actual: Values,
  expected: Values,
  tolerance: number,
  scale?: number,
): void {
  assertClose('value', actual, expected, tolerance, scale, expectClose);
}

/** Bit by bit, but for the kind of NaN. */
export function assertSame(what: string, actual: Values, expected: Values): void {
  assertClose(what, actual, expected, 0, 1, assertSame);
  const [a, e] = [arrayOf(actual), arrayOf(expected)];
  for (let i = 0; i < e.length; i++) {
    // Zeros alone may be equal and yet not the same.
    if (e[i] !== 0 || Object.is(a[i], e[i])) continue;
    assert(false, () => `${what}[${i}] is a zero of the other sign`, assertSame);
  }
}

type Assertion = (...args: never[]) => void;

/** The error is that of the line which called the assertion. */
export function assert(
  holds: boolean,
  message: () => string,
  assertion: Assertion = assert,
): asserts holds {
  if (holds) return;
  const error = new Error(message());
  Error.captureStackTrace(error, assertion);
  throw error;
}
