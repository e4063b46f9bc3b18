/** Tensors that lie on one backend when an op runs on another. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import '../backends.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';

const make = () => ({
  x: tf.tensor(random(60, 1, 1, 2), [5, 12]),
  gamma: tf.tensor(random(12, 2, 1)),
  beta: tf.tensor(random(12, 3)),
});

const normalize = ({x, gamma, beta}: ReturnType<typeof make>) => tfn.layerNorm(x, {gamma, beta});

const gradients = ({x, gamma, beta}: ReturnType<typeof make>) =>
  tf.grads((...[x, gamma, beta]: tf.Tensor[]) => tf.square(tfn.layerNorm(x, {gamma, beta})))([
    x,
    gamma,
    beta,
  ]);

afterEach(() => tf.setBackend('tensorflow'));

test.each([
  ['cpu', 'tensorflow'],
  ['tensorflow', 'cpu'],
])('what was made on %s is normalized on %s', async (from, to) => {
  await tf.setBackend(from);
  const inputs = make();
  const [y, grads] = [normalize(inputs), gradients(inputs)].map(t =>
    (Array.isArray(t) ? t : [t]).map(each => each.dataSync()),
  );
  await tf.setBackend(to);
  expectClose(normalize(inputs), y[0], 2e-6);
  gradients(inputs).forEach((gradient, i) => expectClose(gradient, grads[i], 1e-5));
});

test('moving to and fro leaves nothing behind', async () => {
  const inputs = make();
  const before = tf.memory();
  for (let i = 0; i < 10; i++) {
    await tf.setBackend(i % 2 === 0 ? 'cpu' : 'tensorflow');
    tf.tidy(() => void gradients(inputs));
  }
  const after = tf.memory();
  expect(after.numTensors).toBe(before.numTensors);
  expect(after.numDataBuffers).toBe(before.numDataBuffers);
});
