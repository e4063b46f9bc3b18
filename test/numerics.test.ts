import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {FLOAT32} from './cases/case.js';
import {numericsCases} from './cases/numerics.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(numericsCases(FLOAT32))('$name', ({run}) => run());
});
