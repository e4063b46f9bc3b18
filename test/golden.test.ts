import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {goldenCases} from './cases/golden.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test('the backend is there', () => {
    expect(tf.getBackend()).toBe(backend);
  });

  test.each(goldenCases)('$name', ({run}) => run());
});
