import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from '../backends.js';
import {newerNormCases} from '../cases/newer_norms.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(newerNormCases)('$name', ({run}) => run());
});
