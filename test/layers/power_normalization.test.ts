/** When the state of the layer moves. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {labelsOf, modelWith, normal, train, valuesOf} from '../models.js';

const stateOf = (layer: tf.layers.Layer) => valuesOf(layer).slice(-3);
const START = [[1, 1, 1, 1], [0, 0, 0, 0], [0]];

test('a training of the model moves all of the state; nothing else does', async () => {
  const layer = tfn.layers.powerNormalization();
  const model = modelWith(layer, [3, 4]);
  const x = normal([16, 3, 4]);
  model.predict(x);
  model.evaluate(x, labelsOf(x));
  expect(stateOf(layer)).toEqual(START);
  await train(model, x, 2);
  const [phi, nu, step] = stateOf(layer);
  expect(phi).not.toEqual(START[0]);
  expect(nu).not.toEqual(START[1]);
  expect(step).toEqual([2]);
});

test.each([
  [1, 1],
  // The mean of x².
  [0, 2.5],
])('with alphaForward %i phi is %d after a step', (alphaForward, expected) => {
  for (const guard of [true, false]) {
    const args = {alphaForward, guard, groups: 0, warmupSteps: 0};
    const layer = tfn.layers.powerNormalization(args);
    layer.apply(tf.tensor2d([[1], [2]]), {training: true});
    expect(stateOf(layer)).toEqual([[expected], [0], [1]]);
  }
});

test('warmupSteps null is a warm-up without end, and absent the default', () => {
  const warmup = (args: object) => tfn.layers.powerNormalization(args).getConfig()['warmupSteps'];
  const values = [{}, {warmupSteps: undefined}, {warmupSteps: null}, {warmupSteps: Infinity}];
  expect(values.map(warmup)).toEqual([10000, 10000, null, null]);
});
