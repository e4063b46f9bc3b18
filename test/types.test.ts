/** What the types must allow, which `npm run typecheck` compiles. */
import * as tf from '@tensorflow/tfjs-core';
import './backends.js';
import * as tfn from '../src/index.js';

beforeAll(() => tf.setBackend('cpu'));

const SPATIAL = Object.freeze([1, 2] as const);
const LAST = Object.freeze([3] as const);

test('a list of axes may be readonly', () => {
  const x = tf.ones([2, 3, 3, 4]);
  const moments = tfn.batchNorm(x, {axis: LAST});
  const outputs: tf.Tensor[] = [
    moments.y,
    tfn.batchNormInference(x, moments.mean, moments.variance, {axis: LAST}),
    tfn.filterResponseNorm(x, {axis: SPATIAL}),
    tfn.l1Normalize(x, {axis: SPATIAL}),
    tfn.l2Normalize(x, {axis: SPATIAL}),
    tfn.layerNorm(x, {axis: SPATIAL}),
    tfn.rmsNorm(x, {axis: SPATIAL}),
  ];
  const layers = [
    tfn.layers.batchNormalization({axis: LAST}),
    tfn.layers.filterResponseNormalization({axis: SPATIAL}),
    tfn.layers.l1Normalization({axis: SPATIAL}),
    tfn.layers.l2Normalization({axis: SPATIAL}),
    tfn.layers.layerNormalization({axis: SPATIAL}),
    tfn.layers.normalization({axis: LAST}),
    tfn.layers.rmsNormalization({axis: SPATIAL}),
    tfn.layers.thresholdedLinearUnit({axis: SPATIAL}),
    tfn.layers.unitNormalization({axis: SPATIAL}),
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

test('what a layer has of its own can be named', () => {
  const renorm: tfn.Renorm | null = tfn.layers.batchNormalization({renorm: true}).renorm;
  const clipping: tfn.RenormClipping = {rmax: 3};
  renorm!.clipping = clipping;
  expect(renorm!.clipping).toEqual({rmax: 3});
});

test('what a user passes on can be named', () => {
  const affine: tfn.AffineConfig = {gamma: [1, 2], beta: null};
  const config: tfn.BatchNormConfig = {...affine, epsilon: 0};
  const inference: tfn.BatchNormInferenceConfig = config;
  const zeros: tfn.InitializerIdentifier = 'zeros';
  const args: tfn.AffineLayerArgs & tfn.LayerArgs = {gammaInitializer: zeros};
  const version: tfn.KerasVersion = 3;
  expect(tfn.batchNormInference([1, 2], [0, 0], [1, 1], inference).dataSync()).toEqual(
    Float32Array.of(1, 4),
  );
  expect(tfn.layers.batchNormalization(args).getConfig()['gammaInitializer']).toMatchObject({
    className: 'Zeros',
  });
  expect(tfn.toKeras({save: jest.fn()}, {version}).save).toBeDefined();
});
