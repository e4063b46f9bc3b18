/** Holds what docs/numerics.md says of the same bits. */
import * as tf from '@tensorflow/tfjs-core';
import {registerNormalization} from '../src/register.js';
import {BACKENDS} from './backends.js';
import {determinismCases} from './cases/determinism.js';

registerNormalization();

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(determinismCases())('$name', ({run}) => run());
});
