import * as tf from '@tensorflow/tfjs-core';

// Makes the engine check every kernel for leaked data, and silences its greeting.
tf.env().set('IS_TEST', true);
