import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from '../backends.js';
import {varyingParamsCases} from '../cases/varying_params.js';

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(varyingParamsCases)('$name', ({run}) => run());
});
