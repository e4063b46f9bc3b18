/** What is no longer the same normalization is fused right, or not at all: a few of what `npm run fuzz:graph` tries. */
import * as tf from '@tensorflow/tfjs';
import {checkMutation} from './mutations.js';

test('golden models that are changed somewhere compute the same as before', async () => {
  await tf.setBackend('cpu');
  jest.spyOn(console, 'warn').mockImplementation();
  const counts = {fused: 0, refused: 0, invalid: 0};
  for (let seed = 0; seed < 300; seed++) counts[await checkMutation(seed)]++;
  // Neither is all refused, nor does all run as if nothing had been changed.
  expect(counts.fused).toBeGreaterThan(100);
  expect(counts.refused).toBeGreaterThan(40);
});
