/** Masks of tfjs's masking and embedding layers on their way through our layers. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose, relativeError} from '../close.js';
import {type Layer, lstm, normal, run, setRandomWeights} from './helpers.js';

// The same float32 ops on the same values; only the padding differs.
const VALUE = 2e-6;
// Far above all rounding.
const DIFFERENT = 0.1;

const {layers} = tfn;
const perStep: Record<string, () => Layer> = {
  batchNormalization: layers.batchNormalization,
  layerNormalization: layers.layerNormalization,
  rmsNormalization: layers.rmsNormalization,
  unitNormalization: layers.unitNormalization,
  l1Normalization: layers.l1Normalization,
  l2Normalization: layers.l2Normalization,
};
const acrossSteps: Record<string, () => Layer> = {
  groupNormalization: () => layers.groupNormalization({groups: 2}),
  instanceNormalization: layers.instanceNormalization,
};

const sequences = normal([4, 3, 6], 1, 1, 2);
const padded = tf.concat([sequences, tf.zeros([4, 2, 6])], 1);
const mask = tf.layers.masking().computeMask(padded) as tf.Tensor;

test.each(Object.entries({...perStep, ...acrossSteps}))('%s hands its mask on', (_, make) => {
  expect(make().computeMask(padded, mask)).toBe(mask);
});

test.each(Object.entries(perStep))('behind %s a mask still hides the padding', (_, make) => {
  const norm = make();
  const last = lstm(3);
  const modelOf = (...layers: Layer[]) =>
    tf.sequential({layers: [tf.layers.inputLayer({inputShape: [null as never, 6]}), ...layers]});
  const masked = modelOf(tf.layers.masking(), norm, last);
  const unmasked = modelOf(norm, last);
  setRandomWeights(norm);

  const expected = unmasked.predict(sequences) as tf.Tensor;
  expectClose(masked.predict(padded) as tf.Tensor, expected, VALUE);
  // Otherwise the padding would be hidden without a mask, too.
  const unhidden = unmasked.predict(padded) as tf.Tensor;
  expect(relativeError(unhidden, expected)).toBeGreaterThan(DIFFERENT);
});

test.each(Object.entries({...acrossSteps, batchNormalization: layers.batchNormalization}))(
  'the statistics of %s take in what is masked',
  (_, make) => {
    const norm = make();
    const expected = run(norm, sequences, true);
    const found = norm.apply(padded, {mask, training: true}) as tf.Tensor;
    const steps = tf.slice(found, 0, [4, 3, 6]);
    expect(relativeError(steps, expected)).toBeGreaterThan(DIFFERENT);
  },
);
