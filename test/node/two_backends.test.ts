/** Tensors that lie on one backend when an op runs on another. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import '../backends.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';

const make = () => [
  tf.tensor(random(60, 1, 1, 2), [5, 12]),
  ...[2, 3].map(seed => tf.tensor(random(12, seed))),
];

const normalize = (...[x, gamma, beta]: tf.Tensor[]) => tfn.layerNorm(x, {gamma, beta});

/** y, and the gradients of its square. */
const results = (inputs: tf.Tensor[]) => [
  normalize(...inputs),
  ...tf.grads((...inputs) => tf.square(normalize(...inputs)))(inputs),
];

afterEach(() => tf.setBackend('tensorflow'));

test.each([
  ['cpu', 'tensorflow'],
  ['tensorflow', 'cpu'],
])('what was made on %s is normalized on %s', async (from, to) => {
  await tf.setBackend(from);
  const inputs = make();
  const expected = results(inputs).map(t => t.dataSync());
  await tf.setBackend(to);
  results(inputs).forEach((found, i) => expectClose(found, expected[i], i === 0 ? 2e-6 : 1e-5));
});

test('moving to and fro leaves nothing behind', async () => {
  const inputs = make();
  const held = () => [tf.memory().numTensors, tf.memory().numDataBuffers];
  const before = held();
  for (let i = 0; i < 10; i++) {
    await tf.setBackend(i % 2 === 0 ? 'cpu' : 'tensorflow');
    tf.tidy(() => void results(inputs));
  }
  expect(held()).toEqual(before);
});
