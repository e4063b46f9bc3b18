import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {onnxCases} from './cases/golden.js';
import {ONNX_CASES, OPERATORS} from './golden/onnx_cases.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(onnxCases)('$name', ({run}) => run());
});

test('every operator has cases', () => {
  const operators = new Set(ONNX_CASES.map(({operator}) => operator));
  expect(operators).toEqual(new Set(Object.keys(OPERATORS)));
  expect(ONNX_CASES).toHaveLength(55);
});
