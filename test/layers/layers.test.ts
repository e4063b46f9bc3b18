import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {describeLayer} from './layer_test.js';

const initializer = (className: string) => ({className, config: {}});
const AFFINE = {
  epsilon: 1e-3,
  center: true,
  scale: true,
  betaInitializer: initializer('Zeros'),
  gammaInitializer: initializer('Ones'),
  betaRegularizer: null,
  gammaRegularizer: null,
  betaConstraint: null,
  gammaConstraint: null,
};

/** Moments over `axes`, in tf ops. */
const standardized = (x: tf.Tensor, axes: number[], epsilon: number) => {
  const {mean, variance} = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
};

describeLayer('BatchNormalization', {
  make: args => tfn.layers.batchNormalization(args),
  className: 'FusedBatchNormalization',
  inputShape: [3, 8],
  weights: [
    ['gamma', [8]],
    ['beta', [8]],
    ['moving_mean', [8]],
    ['moving_variance', [8]],
  ],
  config: {
    ...AFFINE,
    axis: -1,
    momentum: 0.99,
    movingMeanInitializer: initializer('Zeros'),
    movingVarianceInitializer: initializer('Ones'),
  },
  expected: x => tf.div(x, Math.sqrt(1 + 1e-3)),
});

describeLayer('LayerNormalization', {
  make: args => tfn.layers.layerNormalization(args),
  className: 'FusedLayerNormalization',
  inputShape: [3, 8],
  weights: [
    ['gamma', [8]],
    ['beta', [8]],
  ],
  config: {...AFFINE, axis: -1},
  expected: x => standardized(x, [-1], 1e-3),
});

describeLayer('LayerNormalization over two axes', {
  make: args => tfn.layers.layerNormalization({axis: [-1, 1], ...args}),
  className: 'FusedLayerNormalization',
  inputShape: [3, 2, 8],
  weights: [
    ['gamma', [3, 8]],
    ['beta', [3, 8]],
  ],
  config: {...AFFINE, axis: [-1, 1]},
  expected: x => standardized(x, [1, 3], 1e-3),
});

describeLayer('LayerNormalization with rmsScaling', {
  make: args => tfn.layers.layerNormalization({rmsScaling: true, ...args}),
  className: 'FusedLayerNormalization',
  inputShape: [3, 8],
  weights: [['gamma', [8]]],
  config: {...AFFINE, axis: -1, rmsScaling: true},
  expected: x => tf.div(x, tf.sqrt(tf.add(tf.moments(x, -1, true).variance, 1e-3))),
});

describeLayer('BatchNormalization with renorm', {
  make: args => tfn.layers.batchNormalization({renorm: true, ...args}),
  className: 'FusedBatchNormalization',
  inputShape: [3, 8],
  weights: [
    ['gamma', [8]],
    ['beta', [8]],
    ['moving_mean', [8]],
    ['moving_variance', [8]],
    ['moving_stddev', [8]],
    ['renorm_mean', [8]],
    ['renorm_stddev', [8]],
  ],
  config: {
    ...AFFINE,
    axis: -1,
    momentum: 0.99,
    movingMeanInitializer: initializer('Zeros'),
    movingVarianceInitializer: initializer('Ones'),
    renorm: true,
    renormClipping: {},
    renormMomentum: 0.99,
  },
  expected: x => tf.div(x, Math.sqrt(1 + 1e-3)),
});

describeLayer('GroupNormalization', {
  make: args => tfn.layers.groupNormalization({groups: 2, ...args}),
  className: 'GroupNormalization',
  inputShape: [3, 8],
  weights: [
    ['gamma', [8]],
    ['beta', [8]],
  ],
  config: {...AFFINE, groups: 2, axis: -1},
  expected: x => tf.reshape(standardized(tf.reshape(x, [-1, 3, 2, 4]), [1, 3], 1e-3), [-1, 3, 8]),
});

describeLayer('InstanceNormalization', {
  make: args => tfn.layers.instanceNormalization(args),
  className: 'InstanceNormalization',
  inputShape: [3, 8],
  weights: [
    ['gamma', [8]],
    ['beta', [8]],
  ],
  config: {...AFFINE, groups: -1, axis: -1},
  expected: x => standardized(x, [1], 1e-3),
});

describeLayer('PowerNormalization', {
  make: args => tfn.layers.powerNormalization({groups: 2, ...args}),
  className: 'PowerNormalization',
  inputShape: [3, 8],
  weights: [
    ['gamma', [8]],
    ['beta', [8]],
    ['phi', [8]],
    ['nu', [8]],
    ['step', []],
  ],
  config: {
    ...AFFINE,
    epsilon: 1e-5,
    axis: -1,
    alphaForward: 0.9,
    alphaBackward: 0.9,
    warmupSteps: 10000,
    groups: 2,
    backwardMode: 'reference',
    guard: true,
  },
  expected: x => {
    const groups = tf.reshape(x, [-1, 3, 2, 4]);
    const rms = tf.sqrt(tf.add(tf.mean(tf.square(groups), -1, true), 1e-5));
    return tf.reshape(tf.div(groups, tf.mul(rms, Math.sqrt(1 + 1e-5))), [-1, 3, 8]);
  },
});

describeLayer('RMSNormalization', {
  make: args => tfn.layers.rmsNormalization(args),
  className: 'RMSNormalization',
  inputShape: [3, 8],
  weights: [['scale', [8]]],
  config: {axis: -1, epsilon: 1e-6},
  expected: x => tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), -1, true), 1e-6))),
});

describeLayer('UnitNormalization', {
  make: args => tfn.layers.unitNormalization(args),
  className: 'UnitNormalization',
  inputShape: [3, 8],
  weights: [],
  config: {axis: -1},
  expected: x => tf.div(x, tf.sqrt(tf.sum(tf.square(x), -1, true))),
});

describeLayer('UnitNormalization of order 1 over two axes', {
  make: args => tfn.layers.unitNormalization({axis: [1, 2], order: 1, epsilon: 1e-6, ...args}),
  className: 'UnitNormalization',
  inputShape: [3, 8],
  weights: [],
  config: {axis: [1, 2], order: 1, epsilon: 1e-6},
  expected: x => tf.div(x, tf.sum(tf.abs(x), [1, 2], true)),
});

describeLayer('L1Normalization', {
  make: args => tfn.layers.l1Normalization(args),
  className: 'L1Normalization',
  inputShape: [3, 8],
  weights: [],
  config: {axis: -1, order: 1},
  expected: x => tf.div(x, tf.sum(tf.abs(x), -1, true)),
});

describeLayer('L2Normalization', {
  make: args => tfn.layers.l2Normalization(args),
  className: 'L2Normalization',
  inputShape: [3, 8],
  weights: [],
  config: {axis: -1},
  expected: x => tf.div(x, tf.sqrt(tf.sum(tf.square(x), -1, true))),
});
