import * as tf from '@tensorflow/tfjs-core';
import {registerNormalization} from '../src/register.js';
import {BACKENDS} from './backends.js';
import {FLOAT32} from './cases/case.js';
import {conformanceCases} from './cases/conformance.js';
import {givenCases} from './cases/given.js';

registerNormalization();

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each([...conformanceCases(FLOAT32), ...givenCases(FLOAT32)])('$name', ({run}) => run());
});
