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
  'the statistics of %s leave out what is masked',
  (_, make) => {
    const [norm, twin] = [make(), make()];
    const expected = run(norm, sequences, true);
    const found = twin.apply(padded, {mask, training: true}) as tf.Tensor;
    expectClose(tf.slice(found, 0, [4, 3, 6]), expected, VALUE);
    twin.getWeights().forEach((weight, i) => {
      expectClose(weight, norm.getWeights()[i], VALUE);
    });
    // Otherwise the padding would be left out without a mask, too.
    const unmasked = tf.slice(run(make(), padded, true), 0, [4, 3, 6]);
    expect(relativeError(unmasked, expected)).toBeGreaterThan(DIFFERENT);
  },
);

test("a model's masking layer reaches the statistics", async () => {
  const norm = layers.batchNormalization({momentum: 0});
  const model = tf.sequential({layers: [tf.layers.masking({inputShape: [5, 6]}), norm]});
  model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
  await model.fit(padded, padded, {epochs: 1, verbose: 0});
  const {mean, variance} = tf.moments(sequences, [0, 1]);
  const [movingMean, movingVariance] = norm.getWeights().slice(2);
  expectClose(movingMean, mean, VALUE);
  expectClose(movingVariance, variance, VALUE);
});
