import type * as tf from '@tensorflow/tfjs-core';

type Values = tf.Tensor | ArrayLike<number>;

const toArray = (values: Values): ArrayLike<number> =>
  'dataSync' in values ? values.dataSync() : values;

/**
 * The largest difference, relative to the root mean square of `expected`: single values near zero
 * have no relative precision of their own. NaN and Infinity must stand in the same places.
 */
export function relativeError(actual: Values, expected: Values): number {
  const a = toArray(actual);
  const e = toArray(expected);
  if (a.length !== e.length) return Infinity;
  let largest = 0;
  let squares = 0;
  let finite = 0;
  for (let i = 0; i < e.length; i++) {
    if (Number.isFinite(e[i])) {
      if (!Number.isFinite(a[i])) return Infinity;
      largest = Math.max(largest, Math.abs(a[i] - e[i]));
      squares += e[i] * e[i];
      finite++;
    } else if (!Object.is(a[i], e[i])) {
      return Infinity;
    }
  }
  return largest === 0 ? 0 : largest / Math.sqrt(squares / finite);
}

export function expectClose(actual: Values, expected: Values, tolerance: number): void {
  expect(relativeError(actual, expected)).toBeLessThanOrEqual(tolerance);
}

/** For gradients that are zero up to cancellation: relative to `scale` instead of to themselves. */
export function expectCloseAt(
  scale: number,
  actual: Values,
  expected: Values,
  tolerance: number,
): void {
  const e = toArray(expected);
  const differences = Array.from(toArray(actual), (a, i) => Math.abs(a - e[i]));
  expect(differences).toHaveLength(e.length);
  const largest = differences.reduce((a, b) => Math.max(a, b), 0);
  expect(largest).toBeLessThanOrEqual(tolerance * scale);
}

/** Runs `f` in a tidy and expects no tensor of it to stay behind. */
export function expectNoLeak(backend: {memory(): tf.MemoryInfo}, f: () => void): void {
  const before = backend.memory();
  f();
  const after = backend.memory();
  expect(after.numTensors).toBe(before.numTensors);
  expect(after.numDataBuffers).toBe(before.numDataBuffers);
}
