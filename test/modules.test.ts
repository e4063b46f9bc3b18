/** Weights of PyTorch's and Flax's modules in our layers, as docs/weights.md carries them over. */
import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {moduleCases} from './cases/golden.js';
import {MODULES} from './golden/module_cases.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(moduleCases)('$name has its output, and learns what it learns', ({run}) => run());
});

test('both frameworks are there, and one that learns', () => {
  const frameworks = MODULES.map(({name}) => name.split(' ')[0]);
  expect(new Set(frameworks)).toEqual(new Set(['PyTorch', 'Flax']));
  expect(MODULES.filter(({after}) => after != null)).not.toHaveLength(0);
});
