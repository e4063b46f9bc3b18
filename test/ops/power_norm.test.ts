import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from '../backends.js';
import {FLOAT32} from '../cases/case.js';
import {powerNormCases} from '../cases/power_norm.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(powerNormCases(FLOAT32.forward))('the port in float64: $name', ({run}) => run());
});
