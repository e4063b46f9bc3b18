import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {goldenCases} from './cases/golden.js';
import {MODULES} from './golden/module_cases.js';
import {ONNX_CASES, OPERATORS} from './golden/onnx_cases.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // On wasm the engine's own check finds a leak in tfjs's layers, where there is none.
    tf.env().set('IS_TEST', backend !== 'wasm');
  });

  test('the backend is there', () => {
    expect(tf.getBackend()).toBe(backend);
  });

  test.each(goldenCases())('$name', ({run}) => run());
});

test('all operators of ONNX, and modules of both frameworks have cases', () => {
  const operators = new Set(ONNX_CASES.map(({operator}) => operator));
  expect(operators).toEqual(new Set(Object.keys(OPERATORS)));
  expect(ONNX_CASES).toHaveLength(55);
  const frameworks = MODULES.map(({name}) => name.split(' ')[0]);
  expect(new Set(frameworks)).toEqual(new Set(['PyTorch', 'Flax']));
  expect(MODULES.filter(({after}) => after != null)).not.toHaveLength(0);
});
