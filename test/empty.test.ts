import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {emptyCases} from './cases/empty.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(emptyCases)('$name', ({run}) => run());
});
