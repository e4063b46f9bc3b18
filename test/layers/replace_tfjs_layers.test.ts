import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {random} from '../random.js';
import {saveAndLoad} from './layer_test.js';

const kerasModel = () =>
  tf.sequential({
    layers: [
      tf.layers.batchNormalization({inputShape: [3, 4], movingMeanInitializer: 'ones'}),
      tf.layers.layerNormalization(),
    ],
  });
const classesOf = (model: tf.LayersModel) => model.layers.map(layer => layer.constructor);
const x = tf.tensor(random(5 * 12, 1), [5, 3, 4]);

test('importing leaves loading as it is', async () => {
  const model = kerasModel();
  expect(classesOf(await saveAndLoad(model))).toEqual(classesOf(model));
});

test('replaces what models load, until it is undone', async () => {
  const model = kerasModel();
  const undo = tfn.replaceTfjsLayers();
  const loaded = await saveAndLoad(model);
  expect(loaded.layers[0]).toBeInstanceOf(tfn.BatchNormalization);
  expect(loaded.layers[1]).toBeInstanceOf(tfn.LayerNormalization);
  const [ours, theirs] = [loaded, model].map(m => (m.predict(x) as tf.Tensor).dataSync());
  // Two formulas of the same inference, in float32.
  ours.forEach((y, i) => expect(y).toBeCloseTo(theirs[i], 5));

  // Saved again, it is a model that plain tfjs and Keras can read.
  expect(loaded.layers.map(layer => layer.getClassName())).toEqual([
    'BatchNormalization',
    'LayerNormalization',
  ]);
  undo();
  const again = await saveAndLoad(loaded);
  expect(classesOf(again)).toEqual(classesOf(model));
  expect((again.predict(x) as tf.Tensor).dataSync()).toEqual(theirs);
});

test('leaves the factories of tfjs alone', () => {
  const before = tf.layers.batchNormalization().constructor;
  const undo = tfn.replaceTfjsLayers();
  expect(tf.layers.batchNormalization().constructor).toBe(before);
  undo();
});

test('called twice and undone twice, the first state is back', async () => {
  const model = kerasModel();
  const undoFirst = tfn.replaceTfjsLayers();
  const undoSecond = tfn.replaceTfjsLayers();
  undoSecond();
  expect((await saveAndLoad(model)).layers[0]).toBeInstanceOf(tfn.BatchNormalization);
  undoFirst();
  expect(classesOf(await saveAndLoad(model))).toEqual(classesOf(model));
});

test('undone in any order and more than once, ours stay as long as one is in force', async () => {
  const model = kerasModel();
  const [undoFirst, undoSecond] = [tfn.replaceTfjsLayers(), tfn.replaceTfjsLayers()];
  undoFirst();
  undoFirst();
  expect((await saveAndLoad(model)).layers[0]).toBeInstanceOf(tfn.BatchNormalization);
  undoSecond();
  expect(classesOf(await saveAndLoad(model))).toEqual(classesOf(model));

  const undoThird = tfn.replaceTfjsLayers();
  undoFirst();
  expect((await saveAndLoad(model)).layers[1]).toBeInstanceOf(tfn.LayerNormalization);
  undoThird();
  expect(classesOf(await saveAndLoad(model))).toEqual(classesOf(model));
});
