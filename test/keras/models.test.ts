/** Models of Keras 3, Keras 2 and TensorFlow Addons load and compute what they did there. */
import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from '../backends.js';
import {modelCases} from '../cases/golden.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(modelCases)('$name', ({run}) => run());
});
