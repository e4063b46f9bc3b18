import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {describeLayer, type LayerTest} from './layer_test.js';

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

const BATCH = {
  ...AFFINE,
  axis: -1,
  momentum: 0.99,
  movingMeanInitializer: initializer('Zeros'),
  movingVarianceInitializer: initializer('Ones'),
};

const gammaAndBeta = (shape: number[]): LayerTest['weights'] => [
  ['gamma', shape],
  ['beta', shape],
];

const MOVING: LayerTest['weights'] = [
  ['moving_mean', [8]],
  ['moving_variance', [8]],
];

/** Moments over `axes`, in tf ops. */
const standardized = (x: tf.Tensor, axes: number[], epsilon: number) => {
  const {mean, variance} = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
};

describeLayer('BatchNormalization', {
  make: args => tfn.layers.batchNormalization(args),
  className: 'FusedBatchNormalization',
  inputShape: [3, 8],
  weights: [...gammaAndBeta([8]), ...MOVING],
  config: BATCH,
  expected: x => tf.div(x, Math.sqrt(1 + 1e-3)),
});

describeLayer('LayerNormalization', {
  make: args => tfn.layers.layerNormalization(args),
  className: 'FusedLayerNormalization',
  inputShape: [3, 8],
  weights: gammaAndBeta([8]),
  config: {...AFFINE, axis: -1},
  expected: x => standardized(x, [-1], 1e-3),
});

describeLayer('LayerNormalization over two axes', {
  make: args => tfn.layers.layerNormalization({axis: [-1, 1], ...args}),
  className: 'FusedLayerNormalization',
  inputShape: [3, 2, 8],
  weights: gammaAndBeta([3, 8]),
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
    ...gammaAndBeta([8]),
    ...MOVING,
    ['moving_stddev', [8]],
    ['renorm_mean', [8]],
    ['renorm_stddev', [8]],
  ],
  config: {
    ...BATCH,
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
  weights: gammaAndBeta([8]),
  config: {...AFFINE, groups: 2, axis: -1},
  expected: x => tf.reshape(standardized(tf.reshape(x, [-1, 3, 2, 4]), [1, 3], 1e-3), [-1, 3, 8]),
});

describeLayer('InstanceNormalization', {
  make: args => tfn.layers.instanceNormalization(args),
  className: 'InstanceNormalization',
  inputShape: [3, 8],
  weights: gammaAndBeta([8]),
  config: {...AFFINE, groups: -1, axis: -1},
  expected: x => standardized(x, [1], 1e-3),
});

describeLayer('PowerNormalization', {
  make: args => tfn.layers.powerNormalization({groups: 2, ...args}),
  className: 'PowerNormalization',
  inputShape: [3, 8],
  weights: [...gammaAndBeta([8]), ['phi', [8]], ['nu', [8]], ['step', []]],
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

const FRN: Partial<typeof AFFINE> = {...AFFINE};
delete FRN.center;
delete FRN.scale;

describeLayer('FilterResponseNormalization', {
  make: args => tfn.layers.filterResponseNormalization({learnedEpsilon: true, ...args}),
  className: 'FilterResponseNormalization',
  inputShape: [3, 2, 4],
  weights: [['learned_epsilon', [1]], ...gammaAndBeta([1, 1, 1, 4])],
  config: {
    ...FRN,
    epsilon: 1e-6,
    axis: [1, 2],
    learnedEpsilon: true,
    learnedEpsilonConstraint: null,
  },
  expected: x => tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), [1, 2], true), 1e-4 + 1e-6))),
});

describeLayer('FilterResponseNormalization of channels first', {
  make: args => tfn.layers.filterResponseNormalization({axis: [2], epsilon: 1e-3, ...args}),
  className: 'FilterResponseNormalization',
  inputShape: [4, 5],
  weights: gammaAndBeta([1, 4, 1]),
  config: {
    ...FRN,
    epsilon: 1e-3,
    axis: [2],
    learnedEpsilon: false,
    learnedEpsilonConstraint: null,
  },
  expected: x => tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), 2, true), 1e-3))),
});

const TAU = {tauInitializer: initializer('Zeros'), tauRegularizer: null, tauConstraint: null};

describeLayer('ThresholdedLinearUnit', {
  make: args => tfn.layers.thresholdedLinearUnit(args),
  className: 'TLU',
  inputShape: [3, 4],
  weights: [['tau', [4]]],
  config: {...TAU, axis: -1, affine: false},
  expected: x => tf.relu(x),
});

describeLayer('ThresholdedLinearUnit of Addons, affine', {
  make: args =>
    tfn.layers.thresholdedLinearUnit({
      axis: null,
      affine: true,
      alphaInitializer: tf.initializers.constant({value: 0.5}),
      ...args,
    }),
  className: 'TLU',
  inputShape: [3, 4],
  weights: [
    ['tau', [3, 4]],
    ['alpha', [3, 4]],
  ],
  config: {
    ...TAU,
    affine: true,
    alphaInitializer: {className: 'Constant', config: {value: 0.5}},
    alphaRegularizer: null,
    alphaConstraint: null,
  },
  expected: x => tf.maximum(x, tf.mul(x, 0.5)),
});

describeLayer('LocalResponseNormalization', {
  make: args => tfn.layers.localResponseNormalization({depthRadius: 1, alpha: 0.1, ...args}),
  className: 'LocalResponseNormalization',
  inputShape: [3, 4],
  weights: [],
  config: {depthRadius: 1, bias: 1, alpha: 0.1, beta: 0.5},
  expected: x => {
    const padded = tf.pad(tf.square(x), [
      [0, 0],
      [0, 0],
      [1, 1],
    ]);
    const shifted = [0, 1, 2].map(i => tf.slice(padded, [0, 0, i], x.shape));
    return tf.div(x, tf.sqrt(tf.add(1, tf.mul(0.1, tf.addN(shifted)))));
  },
});

describeLayer('Normalization', {
  make: args => tfn.layers.normalization({mean: [1, 2, 3, 4], variance: [4, 4, 1, 9], ...args}),
  className: 'Normalization',
  inputShape: [3, 4],
  weights: [],
  config: {axis: [-1], invert: false, mean: [1, 2, 3, 4], variance: [4, 4, 1, 9]},
  expected: x => tf.div(tf.sub(x, [1, 2, 3, 4]), [2, 2, 1, 3]),
});

describeLayer('Normalization to be adapted', {
  make: args => tfn.layers.normalization({axis: [1, 2], ...args}),
  className: 'Normalization',
  inputShape: [3, 4],
  weights: [
    ['mean', [3, 4]],
    ['variance', [3, 4]],
    ['count', []],
  ],
  config: {axis: [1, 2], invert: false, mean: null, variance: null},
  expected: x => x,
});
