import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import '../backends.js';

// With 7 axes, tfjs's ops of two tensors give wrong values on wasm and say so on the console only.
test('no gradient of second order is taken with a seventh axis', async () => {
  await tf.setBackend('wasm');
  const x = tf.randomNormal([4, 2, 2, 2, 2, 2]);
  const options = {axis: [1, 3, 5], virtualBatchSize: 2, gamma: tf.ones([2, 2, 2])};
  const gradient = tf.grad(x => tfn.batchNorm(x, options).y);
  const second = () => tf.grad(x => tf.sum(gradient(x)))(x);
  expect(gradient(x).shape).toEqual(x.shape);
  expect(second).toThrow('must not need more than 6 axes for the ops of tfjs on wasm');
  await tf.setBackend('cpu');
  expect(second().shape).toEqual(x.shape);
});
