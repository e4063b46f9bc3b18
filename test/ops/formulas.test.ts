import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from '../backends.js';
import {formulaCases} from '../cases/formulas.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(formulaCases)('$name', ({run}) => run());
});
