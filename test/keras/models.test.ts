/** Models of Keras 3, Keras 2 and TensorFlow Addons load and compute what they did there. */
import * as tf from '@tensorflow/tfjs-core';
import {loadLayersModel} from '@tensorflow/tfjs-layers';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {filesOf, MODELS, tensorOf} from './models.js';

// A dozen layers in float32, rounded in another order on each side.
const VALUE = 2e-5;

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(MODELS)('$name computes the same', async model => {
    const loaded = await loadLayersModel(tfn.fromKeras(filesOf(model)));
    const inputs = model.inputs.map(tensorOf);
    for (const training of [true, false]) {
      const expected = training ? model.trainingOutputs : model.outputs;
      if (expected == null) continue;
      const outputs = [loaded.apply(inputs, {training})].flat() as tf.Tensor[];
      expect(outputs.map(({shape}) => shape)).toEqual(expected.map(({shape}) => shape));
      expected.forEach(({values}, i) => {
        expectClose(outputs[i], values, VALUE);
      });
    }
  });
});
