/** The types must allow this, which `npm run typecheck` compiles. */
import * as tf from '@tensorflow/tfjs-core';
import './backends.js';
import * as tfn from '../src/index.js';

beforeAll(() => tf.setBackend('cpu'));

const axis = Object.freeze([1, 2] as const);

test('a list of axes may be readonly', () => {
  const x = tf.ones([2, 3, 3, 4]);
  const {mean, variance} = tfn.batchNorm(x, {axis});
  const outputs = [
    tfn.batchNormInference(x, mean, variance, {axis}),
    ...[tfn.filterResponseNorm, tfn.l1Normalize, tfn.l2Normalize].map(op => op(x, {axis})),
    ...[tfn.layerNorm, tfn.rmsNorm].map(op => op(x, {axis})),
  ];
  const layers = [
    tfn.layers.batchNormalization({axis}),
    tfn.layers.filterResponseNormalization({axis}),
    tfn.layers.l1Normalization({axis}),
    tfn.layers.l2Normalization({axis}),
    tfn.layers.layerNormalization({axis}),
    tfn.layers.normalization({axis}),
    tfn.layers.rmsNormalization({axis}),
    tfn.layers.thresholdedLinearUnit({axis}),
    tfn.layers.unitNormalization({axis}),
  ];
  outputs.push(...layers.map(layer => layer.apply(x) as tf.Tensor));
  outputs.forEach(y => expect(y.shape).toEqual(x.shape));
});

test('filter response normalization takes the one axis of sequences', () => {
  const x = tf.tensor3d([[[3], [4]]]);
  const y = tfn.layers.filterResponseNormalization({axis: 1, epsilon: 0}).apply(x) as tf.Tensor;
  // The mean square is 12.5.
  expect(y.dataSync()[0]).toBeCloseTo(3 / Math.sqrt(12.5), 6);
});

test('what a user passes on, and what a layer has of its own, can be named', () => {
  const affine: tfn.AffineConfig = {gamma: [1, 2], beta: null};
  const config: tfn.BatchNormConfig & tfn.BatchNormInferenceConfig = {...affine, epsilon: 0};
  const zeros: tfn.InitializerIdentifier = 'zeros';
  const args: tfn.AffineLayerArgs & tfn.LayerArgs = {gammaInitializer: zeros};
  const version: tfn.KerasVersion = 3;
  const y = tfn.batchNormInference([1, 2], [0, 0], [1, 1], config);
  expect(y.dataSync()).toEqual(Float32Array.of(1, 4));
  expect(tfn.toKeras({save: jest.fn()}, {version}).save).toBeDefined();
  const {renorm}: {renorm: tfn.Renorm | null} = new tfn.BatchNormalization({...args, renorm: true});
  const clipping: tfn.RenormClipping = {rmax: 3};
  renorm!.clipping = clipping;
  expect(renorm!.clipping).toEqual({rmax: 3});
});
