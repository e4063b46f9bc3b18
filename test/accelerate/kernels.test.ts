import * as tf from '@tensorflow/tfjs';
import {BACKENDS} from '../backends.js';
import {FLOAT32} from '../cases/case.js';
import {acceleratedCases} from '../cases/accelerated.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(acceleratedCases(FLOAT32))('$name', ({run}) => run());
});
