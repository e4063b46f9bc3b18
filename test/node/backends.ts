// Takes the place of test/backends.ts in the suites that run on libtensorflow.
import '@tensorflow/tfjs-node';

export const BACKENDS = ['tensorflow'];
