import * as tf from '@tensorflow/tfjs-core';
import './backends.js';
import {ERROR_CASES} from './error_cases.js';

beforeAll(() => tf.setBackend('cpu'));

// A failed layer keeps the weights that its build made, as tfjs's own do; ours fail before.
test.each(ERROR_CASES)('%s', (message, call) => {
  tf.engine().startScope();
  const before = tf.memory();
  // The arguments of the call are its only tensors, and this scope frees them.
  expect(() => tf.tidy(() => void call())).toThrow(new Error(message));
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
  tf.engine().endScope();
});

test('no message is given twice', () => {
  const messages = ERROR_CASES.map(([message]) => message);
  expect(new Set(messages).size).toBe(messages.length);
});
