import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from '../backends.js';
import {FLOAT32} from '../cases/case.js';
import {powerNormCases} from '../cases/power_norm.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // There tfjs copies what a gradient saves, and takes the copies for a kernel's leaks: it says
    // the same of its own tf.losses.softmaxCrossEntropy.
    if (backend === 'wasm') tf.env().set('IS_TEST', false);
  });

  afterAll(() => tf.env().set('IS_TEST', true));

  test.each(powerNormCases(FLOAT32.forward))('the port in float64: $name', ({run}) => run());
});
