/** Training steps of single layers, as Keras, TF Addons and PyTorch compute them. */
import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {expectClose, expectCloseAt} from './close.js';
import {adapted, layerGolden, layerOf, responsesOf, trainedSteps} from './golden/layer_cases.js';

// Keras rounds too, in an order of its own, and each step builds on the rounding of the last.
const KERAS = 1e-5;
// Against float64.
const VALUE = 2e-6;
const GRADIENT = 1e-5;

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // On wasm the engine's own check finds a leak in tfjs's layers, where there is none.
    tf.env().set('IS_TEST', backend !== 'wasm');
  });

  test.each(layerGolden.layers)('$name: trains alike', async c => {
    const layer = await layerOf(c.className, c.config, c.shape, c.integers);
    const {values, gradients, weights} = trainedSteps(c, layer);
    expect(layer.weights).toHaveLength(c.weights.length);
    expect(values).not.toHaveLength(0);
    for (const {actual, expected} of values) expectClose(actual, expected, KERAS);
    for (const {actual, expected} of gradients) {
      // Where a gradient is all cancellation, both are noise of the size of dy's rounding.
      expectCloseAt(1 + Math.max(...expected.map(Math.abs)), actual, expected, KERAS);
    }
    for (const {actual, expected} of weights) expectCloseAt(1, actual, expected, KERAS);
  });

  test.each(layerGolden.normalization)('$name: adapts and normalizes alike', async c => {
    const {layer, values, statistics} = await adapted(c);
    const found = layer.weights.map(({originalName, shape}) => ({
      name: originalName.split('/').pop(),
      shape,
    }));
    expect(found).toEqual(c.weights.map(({name, shape}) => ({name, shape})));
    for (const {actual, expected} of [...values, ...statistics]) {
      expectClose(actual, expected, KERAS);
    }
  });

  test.each(layerGolden.responses)('local response norm of $name', c => {
    const {y, dx, ddx} = responsesOf(c);
    expectClose(y.actual, y.expected, VALUE);
    expectClose(dx.actual, dx.expected, GRADIENT);
    expectClose(ddx.actual, ddx.expected, GRADIENT);
  });
});
