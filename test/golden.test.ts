import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {relativeError} from './close.js';
import {
  type Comparison,
  golden,
  gradientsOf,
  layerOf,
  secondOrderOf,
  stepsOf,
  valuesOf,
} from './golden/cases.js';

// Tolerances are relative to the rms of the expected array. The first three are what we promise
// against the truth; Keras rounds too, in an order of its own.
const VALUE = 2e-6;
const GRADIENT = 1e-5;
const SECOND_ORDER = 1e-5;
const KERAS = 5e-6;
// Its own error where a group has three elements.
const KERAS_GRADIENT = 3e-5;

function expectAllClose(comparisons: Comparison[], tolerance: number): void {
  expect(comparisons).not.toHaveLength(0);
  for (const {actual, expected} of comparisons) {
    expect(relativeError(actual, expected)).toBeLessThanOrEqual(tolerance);
  }
}

const withGradient = golden.ops.filter(c => 'dx' in c.out);
const withSecondOrder = golden.ops.filter(c => 'ddx' in c.out);

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test('the backend is there', () => {
    expect(tf.getBackend()).toBe(backend);
  });

  test.each(golden.ops)('$name has the value that PyTorch computes in float64', c => {
    const values = valuesOf(c);
    expect(values.map(({actual}) => actual.shape)).toEqual(
      values.map(({name}) => (name === 'y' ? c.shape : c.paramShape)),
    );
    expectAllClose(values, VALUE);
  });

  test.each(withGradient)('$name has the gradients of PyTorch', c => {
    expectAllClose(gradientsOf(c), GRADIENT);
  });

  test.each(withSecondOrder)('$name has the second-order gradients of PyTorch', c => {
    expectAllClose(secondOrderOf(c), SECOND_ORDER);
  });

  test.each(golden.layers)('$name: its config and weights give its output', async c => {
    const layer = await layerOf(c);
    const names = layer.weights.map(({originalName}) => originalName.split('/').pop());
    expect(names).toEqual(c.weights.map(({name}) => name.replace(':0', '')));

    const {values, gradients, weights} = stepsOf(c, layer);
    expectAllClose(values, KERAS);
    expectAllClose(gradients, KERAS_GRADIENT);
    if (weights.length > 0) expectAllClose(weights, KERAS);
  });
});
