/**
 * The parts of a case that runs in jest's process and in a browser's page alike: no jest, and no
 * dataSync, which webgpu does not have.
 */
import * as tf from '@tensorflow/tfjs-core';
import {assert} from '../close.js';

export {assert, assertSame} from '../close.js';

export type Case = {name: string; run: () => Promise<void>};

/**
 * How near to float64 results are, relative to their root mean square: single values near zero have
 * no relative precision of their own.
 */
export type Precision = {
  forward: number;
  gradient: number;
  /** Between two compositions of tf ops that differ in the order of their sums. */
  secondOrder: number;
  /** A tensor's own form of the values that it is made of. */
  store: (values: Float32Array) => Float32Array;
};

/** The promises of docs/numerics.md. */
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
    // On wasm tfjs copies what a gradient saves, and takes the copies for a kernel's leaks: it says the
    // same of its own tf.losses.softmaxCrossEntropy. The tensors that remain at the end are counted below.
    const checksKernels = tf.env().getBool('IS_TEST');
    if (tf.getBackend() === 'wasm') tf.env().set('IS_TEST', false);
    try {
      await body();
    } finally {
      tf.env().set('IS_TEST', checksKernels);
      engine.endScope();
    }
    const after = tf.memory();
    for (const count of ['numTensors', 'numDataBuffers'] as const) {
      assert(after[count] === before[count], () => `${count}: ${before[count]} -> ${after[count]}`);
    }
  },
});

/**
 * The first output, which hands gradients of the others on beside its own. A loss would say the same in ops,
 * for each of which a GPU compiles a program.
 */
export const withGradients = (
  [y, ...others]: tf.Tensor[],
  gradients: (dy: tf.Tensor) => tf.Tensor[],
): tf.Tensor =>
  tf.customGrad((...args: unknown[]) => ({
    value: tf.clone(args[0] as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => [dy, ...gradients(dy)].map(gradient => tf.clone(gradient)),
  }))(y, ...others);

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
