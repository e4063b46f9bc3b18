/**
 * What a case is made of that runs in jest's process and in a browser's page alike: no jest, and no
 * dataSync, which webgpu does not have.
 */
import * as tf from '@tensorflow/tfjs-core';

export type Case = {name: string; run: () => Promise<void>};

type Numbers = ArrayLike<number>;

/**
 * How near to float64 results are, relative to their root mean square: single values near zero have
 * no relative precision of their own.
 */
export type Precision = {
  forward: number;
  gradient: number;
  /** Between two compositions of tf ops that differ in the order of their sums. */
  secondOrder: number;
  /** What a tensor keeps of the values that it is made of. */
  store: (values: Float32Array) => Float32Array;
};

/** What docs/numerics.md promises. */
export const FLOAT32: Precision = {
  forward: 2e-6,
  gradient: 1e-5,
  secondOrder: 1e-4,
  store: values => values,
};

/** A case of this name, which must leave no tensor behind. */
export const tidyCase = (name: string, body: () => Promise<void>): Case => ({
  name,
  run: async () => {
    const engine = tf.engine();
    const before = tf.memory();
    engine.startScope();
    try {
      await body();
    } finally {
      engine.endScope();
    }
    const after = tf.memory();
    for (const count of ['numTensors', 'numDataBuffers'] as const) {
      assert(after[count] === before[count], () => `${count}: ${before[count]} -> ${after[count]}`);
    }
  },
});

/** `f` on cpu, for what is expected. */
export async function onCpu<T>(f: () => Promise<T>): Promise<T> {
  const backend = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    return await f();
  } finally {
    await tf.setBackend(backend);
  }
}

/** The error is that of the line which called the assertion. */
export function assert(
  holds: boolean,
  message: () => string,
  assertion: (...args: never[]) => void = assert,
): asserts holds {
  if (holds) return;
  const error = new Error(message());
  Error.captureStackTrace(error, assertion);
  throw error;
}

/** NaN and Infinity must stand in the same places. */
export function assertClose(what: string, actual: Numbers, expected: Numbers, tolerance: number) {
  const finite = Array.from(expected).filter(Number.isFinite);
  assertNear(what, actual, expected, tolerance * (rms(finite) || 0), assertClose);
}

/** For gradients that are zero up to cancellation: relative to `scale` instead of to themselves. */
export function assertCloseAt(
  scale: number,
  what: string,
  actual: Numbers,
  expected: Numbers,
  tolerance: number,
) {
  assertNear(what, actual, expected, tolerance * scale, assertCloseAt);
}

/** Bit by bit, but for the kind of NaN. */
export function assertSame(what: string, actual: Numbers, expected: Numbers) {
  assertNear(what, actual, expected, 0, assertSame);
  const wrong = Array.from(actual).findIndex((a, i) => !Object.is(a, expected[i]));
  assert(wrong < 0, () => `${what}[${wrong}] is a zero of the other sign`, assertSame);
}

function assertNear(
  what: string,
  actual: Numbers,
  expected: Numbers,
  distance: number,
  assertion: (...args: never[]) => void,
) {
  const {length} = expected;
  assert(
    actual.length === length,
    () => `${what} has ${actual.length} values, not ${length}`,
    assertion,
  );
  const differences = Array.from(actual, (a, i) => {
    if (Object.is(a, expected[i]) || a === expected[i]) return 0;
    const difference = Math.abs(a - expected[i]);
    return Number.isNaN(difference) ? Infinity : difference;
  });
  const worst = differences.indexOf(differences.reduce((a, b) => Math.max(a, b), 0));
  assert(
    length === 0 || differences[worst] <= distance,
    () =>
      `${what}[${worst}] of ${length} is ${actual[worst]}, not ${expected[worst]}: off by ` +
      `${differences[worst].toPrecision(3)}, more than ${distance.toPrecision(3)}`,
    assertion,
  );
}

export const rms = (values: Numbers) =>
  Math.sqrt(Array.from(values, v => v * v).reduce((a, b) => a + b, 0) / values.length);
