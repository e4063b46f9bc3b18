import * as tf from '@tensorflow/tfjs-core';
import './backends.js';
import {ERROR_CASES} from './error_cases.js';
import {expectNoLeak} from './no_leak.js';

beforeAll(() => tf.setBackend('cpu'));

// A failed layer keeps the weights that its build made, as tfjs's own do; ours fail before.
describe.each(ERROR_CASES)('%s', (message, call) => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  test('is thrown, and nothing is left behind', () => {
    // The arguments of the call are its only tensors, and this scope frees them.
    expectNoLeak(() => expect(() => tf.tidy(() => void call())).toThrow(new Error(message)));
  });

  // tfjs keeps what an op saves for the gradient until there is one.
  test('nor is it within a gradient', () => {
    const gradient = tf.grad(x => tf.add(x, call() as number));
    expectNoLeak(() =>
      expect(() => tf.tidy(() => gradient(tf.scalar(1)))).toThrow(new Error(message)),
    );
  });
});

test('no message is given twice', () => {
  const messages = ERROR_CASES.map(([message]) => message);
  expect(new Set(messages).size).toBe(messages.length);
});
