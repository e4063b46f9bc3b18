import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../src/ops/index.js';

// No backend is imported above: these tests start before there is one.
test('a backend must be there and be ready', async () => {
  const message = "backendInfo: tfjs's backend must be ready, but is not: await tf.ready().";
  expect(() => tfn.backendInfo()).toThrow(new Error(message));

  await import('@tensorflow/tfjs-backend-cpu');
  expect(tfn.backendInfo()).toEqual({backend: 'cpu', path: 'fused'});

  const cpu = tf.findBackendFactory('cpu')() as tf.KernelBackend;
  tf.registerBackend('late', () => Promise.resolve(cpu), 9);
  const ready = tf.setBackend('late');
  expect(() => tfn.backendInfo()).toThrow(new Error(message));
  await ready;
  const reason = 'this package has no kernels for it';
  expect(tfn.backendInfo()).toEqual({backend: 'late', path: 'reference', reason});
});
