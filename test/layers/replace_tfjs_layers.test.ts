import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {expectClose} from '../close.js';
import {normal, saveAndLoad} from '../models.js';

const kerasModel = () =>
  tf.sequential({
    layers: [
      tf.layers.batchNormalization({inputShape: [3, 4], movingMeanInitializer: 'ones'}),
      tf.layers.layerNormalization(),
    ],
  });
const classesOf = (model: tf.LayersModel) => model.layers.map(layer => layer.constructor);
const OURS = [tfn.BatchNormalization, tfn.LayerNormalization];
const x = normal([5, 3, 4]);

test('importing leaves loading as it is', async () => {
  const model = kerasModel();
  expect(classesOf(await saveAndLoad(model))).toEqual(classesOf(model));
});

test('replaces what models load, until it is undone', async () => {
  const model = kerasModel();
  const undo = tfn.replaceTfjsLayers();
  const loaded = await saveAndLoad(model);
  // The factories of tfjs are left alone.
  expect(classesOf(kerasModel())).toEqual(classesOf(model));
  undo();
  expect(loaded.layers[0]).toBeInstanceOf(OURS[0]);
  expect(loaded.layers[1]).toBeInstanceOf(OURS[1]);
  const outputs = () => [loaded, model].map(each => each.predict(x) as tf.Tensor);
  // Two formulas of the same inference, in float32.
  expectClose(outputs()[0], outputs()[1], 5e-6);
  for (const each of [loaded, model]) {
    each.compile({optimizer: tf.train.sgd(0.01), loss: 'meanSquaredError'});
    await each.fit(x, tf.square(x), {epochs: 3, shuffle: false, verbose: 0});
  }
  expectClose(outputs()[0], outputs()[1], 5e-6);

  // Saved again, it is a model that plain tfjs and Keras can read.
  const names = loaded.layers.map(layer => layer.getClassName());
  expect(names).toEqual(['BatchNormalization', 'LayerNormalization']);
  const again = await saveAndLoad(loaded);
  expect(classesOf(again)).toEqual(classesOf(model));
  expectClose(again.predict(x) as tf.Tensor, outputs()[0], 5e-6);
});

test('undone in any order and more than once, ours stay as long as one is in force', async () => {
  const model = kerasModel();
  const isOurs = async () => (await saveAndLoad(model)).layers[0] instanceof OURS[0];
  const [first, second] = [tfn.replaceTfjsLayers(), tfn.replaceTfjsLayers()];
  second();
  expect(await isOurs()).toBe(true);
  second();
  expect(await isOurs()).toBe(true);
  first();
  expect(classesOf(await saveAndLoad(model))).toEqual(classesOf(model));
  const third = tfn.replaceTfjsLayers();
  first();
  expect(await isOurs()).toBe(true);
  third();
  expect(classesOf(await saveAndLoad(model))).toEqual(classesOf(model));
});
