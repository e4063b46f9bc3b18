/** Masks of tfjs's masking layer on their way through our layers. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose, relativeError} from '../close.js';
import {normal} from '../models.js';
import {type Layer, run, setRandomWeights, VALUE, WRONG} from './helpers.js';

const {layers} = tfn;
const PER_STEP: Array<[string, () => Layer]> = [
  ['batchNormalization', layers.batchNormalization],
  ['layerNormalization', layers.layerNormalization],
  ['rmsNormalization', layers.rmsNormalization],
  ['unitNormalization', layers.unitNormalization],
];
const ACROSS_STEPS: Array<[string, () => Layer]> = [
  ['batchNormalization', () => layers.batchNormalization({momentum: 0})],
  ['groupNormalization', () => layers.groupNormalization({groups: 2})],
  ['instanceNormalization', layers.instanceNormalization],
  ['powerNormalization', layers.powerNormalization],
];

const sequences = normal([4, 3, 6]);
const padded = tf.concat([sequences, tf.zeros([4, 2, 6])], 1);

test.each(PER_STEP)('behind %s a mask still hides the padding', (_, make) => {
  const norm = make();
  const [kernelInitializer, recurrentInitializer] = [1, 2].map(seed =>
    tf.initializers.glorotNormal({seed}),
  );
  const last = tf.layers.lstm({units: 3, kernelInitializer, recurrentInitializer});
  const modelOf = (...layers: Layer[]) =>
    tf.sequential({layers: [tf.layers.inputLayer({inputShape: [null as never, 6]}), ...layers]});
  const masked = modelOf(tf.layers.masking(), norm, last);
  const unmasked = modelOf(norm, last);
  setRandomWeights(norm);

  const expected = unmasked.predict(sequences) as tf.Tensor;
  expectClose(masked.predict(padded) as tf.Tensor, expected, VALUE);
  // Otherwise the padding would be hidden without a mask, too.
  expect(relativeError(unmasked.predict(padded) as tf.Tensor, expected)).toBeGreaterThan(WRONG);
});

test.each(ACROSS_STEPS)('the statistics of %s leave out what is masked', async (_, make) => {
  const [expected, found] = [make(), make()];
  const y = run(expected, sequences, true);
  const model = tf.sequential({layers: [tf.layers.masking({inputShape: [5, 6]}), found]});
  const masked = model.apply(padded, {training: true}) as tf.Tensor;
  expectClose(tf.slice(masked, 0, [4, 3, 6]), y, VALUE);
  // Otherwise the padding would be left out without a mask, too.
  const unmasked = tf.slice(run(make(), padded, true), 0, [4, 3, 6]);
  expect(relativeError(unmasked, y)).toBeGreaterThan(WRONG);

  // A model that trains hands the mask on as well.
  model.compile({optimizer: tf.train.sgd(0), loss: 'meanSquaredError'});
  await model.fit(padded, padded, {epochs: 1, verbose: 0});
  found.weights.forEach((weight, i) => {
    // The backward pass, and each of both calls, move these.
    if (/nu|step/.test(weight.originalName)) return;
    expectClose(weight.read(), expected.weights[i].read(), VALUE, 1);
  });
});
