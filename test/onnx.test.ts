import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {expectClose} from './close.js';
import {ONNX_CASES, onnxValuesOf, OPERATORS} from './golden/onnx_cases.js';

// ONNX's expectations are float32 themselves.
const VALUE = 5e-6;

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(ONNX_CASES)('$name', c => {
    const found = onnxValuesOf(c);
    expect(found[0].name).toBe(Object.keys(c.outputs)[0]);
    for (const {name, actual, expected} of found) {
      expect(actual.shape).toEqual(c.outputs[name].shape);
      expectClose(actual, expected, VALUE);
    }
  });
});

test('every operator has cases', () => {
  const operators = new Set(ONNX_CASES.map(({operator}) => operator));
  expect(operators).toEqual(new Set(Object.keys(OPERATORS)));
  expect(ONNX_CASES).toHaveLength(55);
});
