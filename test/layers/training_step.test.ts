/** How many kernels a training step takes: on small batches they are most of its time. */
import * as tf from '@tensorflow/tfjs-core';
import type {layers} from '@tensorflow/tfjs-layers';
import {BACKENDS} from '../backends.js';
import * as tfn from '../../src/index.js';

const LAYERS: Array<[make: () => layers.Layer, most: number]> = [
  [() => tfn.layers.batchNormalization(), 24],
  [() => tfn.layers.batchNormalization({axis: 1}), 24],
  [() => tfn.layers.layerNormalization(), 16],
  [() => tfn.layers.powerNormalization(), 32],
];

/** A training step with a loss of two ops, and the gradients of x, gamma and beta through one tape. */
function trainingStep(layer: layers.Layer, x: tf.Tensor, weights: tf.Tensor): tf.Tensor[] {
  const [gamma, beta] = layer.trainableWeights.map(weight => weight.read());
  const loss = () => tf.sum(tf.mul(layer.apply(x, {training: true}) as tf.Tensor, weights));
  return tf.engine().gradients(loss, [x, gamma, beta]).grads;
}

describe.each(BACKENDS)('on %s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // There tfjs copies what a gradient saves, and takes the copies for a kernel's leaks.
    tf.env().set('IS_TEST', backend !== 'wasm');
  });

  afterAll(() => tf.env().set('IS_TEST', true));

  test.each(LAYERS.map(([make, most]) => [make().name, most, make] as const))(
    '%s takes at most %i kernels',
    async (_, most, make) => {
      const layer = make();
      const [x, weights] = [tf.ones([16, 256]), tf.ones([16, 256])];
      layer.build(x.shape);
      const {kernels} = await tf.profile(() => tf.tidy(() => trainingStep(layer, x, weights)));
      expect(kernels.map(({name}) => name)).toContain('FusedNormalizeGrad');
      expect(kernels.length).toBeLessThanOrEqual(most);
    },
  );
});
