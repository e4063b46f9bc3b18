/** A piece that is no longer the same normalization is fused right, or not at all: a few of the trials of `npm run fuzz:graph`. */
import * as tf from '@tensorflow/tfjs';
import {checkMutation, checkSpelling} from './mutations.js';

beforeAll(() => tf.setBackend('cpu'));

test('golden models that are changed somewhere compute the same as before', async () => {
  jest.spyOn(console, 'warn').mockImplementation();
  const counts = {fused: 0, refused: 0, invalid: 0};
  for (let seed = 0; seed < 300; seed++) counts[await checkMutation(seed)]++;
  // Neither is all refused, nor does all run as if nothing had been changed.
  expect(counts.fused).toBeGreaterThan(100);
  expect(counts.refused).toBeGreaterThan(40);
});

test('norms in whatever spelling are fused, and compute the same; changed, they do so too', async () => {
  jest.spyOn(console, 'warn').mockImplementation();
  for (let seed = 0; seed < 200; seed++) {
    expect([seed, await checkSpelling(seed, false)]).toEqual([seed, 'fused']);
    await checkSpelling(seed, true);
  }
});
