import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from '../backends.js';
import {addNormCases} from '../cases/add_norms.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(addNormCases)('$name', ({run}) => run());
});
