/** Bad calls and the exact message that each must give: op, argument, rule, what came. */
import * as tf from '@tensorflow/tfjs-core';
import {initializers, layers} from '@tensorflow/tfjs-layers';
import * as tfn from '../src/index.js';

export type ErrorCase = [message: string, call: () => unknown];

const x = (...shape: number[]) => tf.ones(shape);
const any = (value: unknown) => value as never;
const input = (...shape: Array<number | null>) => ({batchInputShape: [null, ...shape]});

/** With a state that does not outlive the call, as variables otherwise do. */
function power(config: tfn.PowerNormConfig, input = x(2, 6), replaced: object = {}): void {
  const made = tfn.powerNormState(6);
  const state = {...made, ...replaced};
  try {
    tfn.powerNorm(input, state, {training: true, ...config});
  } finally {
    tf.dispose({made, state});
  }
}

const OP_ERRORS: ErrorCase[] = [
  [
    'layerNorm: x must be a tensor or an array of numbers, but is null.',
    () => tfn.layerNorm(any(null)),
  ],
  [
    'rmsNorm: x must be a tensor or an array of numbers, but is {"a":1}.',
    () => tfn.rmsNorm(any({a: 1})),
  ],
  [
    'layerNorm: x must be a tensor or an array of numbers, but is ["a","b"].',
    () => tfn.layerNorm(any(['a', 'b'])),
  ],
  [
    'l1Normalize: x must be a tensor or an array of numbers, but is [["1","2","4"]].',
    () => tfn.l1Normalize(any([['1', '2', '4']])),
  ],
  [
    'rmsNorm: x must be a tensor or an array of numbers, but is [1,[2,null]].',
    () => tfn.rmsNorm(any([1, [2, null]])),
  ],
  [
    'groupNorm: beta must be a tensor or an array of numbers, but is ["a","b"].',
    () => tfn.groupNorm(x(3, 2), {groups: 1, beta: any(['a', 'b'])}),
  ],
  [
    'batchNorm: mask must be a tensor or an array of numbers, but is ["true","false"].',
    () => tfn.batchNorm(x(2, 3), {mask: any(['true', 'false'])}),
  ],
  [
    'batchNormInference: variance must be a tensor or an array of numbers, but is ["1","1","1"].',
    () => tfn.batchNormInference(x(2, 3), x(3), any(['1', '1', '1'])),
  ],
  [
    'filterResponseNorm: learnedEpsilon must be a tensor or an array of numbers, but is ["0.1"].',
    () => tfn.filterResponseNorm(x(1, 2, 3, 4), {learnedEpsilon: any(['0.1'])}),
  ],
  [
    'powerNorm: gamma must be a tensor or an array of numbers, but is ["1","2","3","4","5","6"].',
    () => power({gamma: any('1,2,3,4,5,6'.split(','))}),
  ],
  [
    `instanceNorm: x must be a tensor or an array of numbers, but is [${'"a",'.repeat(24)}"a….`,
    () => tfn.instanceNorm(any(Array(1000).fill('a'))),
  ],
  [
    'l2Normalize: x must be of type float32, int32 or bool, but is string.',
    () => tfn.l2Normalize(tf.tensor(['a'])),
  ],
  [
    'l1Normalize: x must be of type float32, int32 or bool, but is complex64.',
    () => tfn.l1Normalize(tf.complex([1], [2])),
  ],
  [
    'layerNorm: x must have at least 1 axis, but has the shape [].',
    () => tfn.layerNorm(tf.scalar(1)),
  ],
  ['batchNorm: x must have at least 1 axis, but has the shape [].', () => tfn.batchNorm(3)],
  ['groupNorm: x must have at least 2 axes, but has the shape [4].', () => tfn.groupNorm(x(4))],
  [
    'instanceNorm: x must have at least 2 axes, but has the shape [4].',
    () => tfn.instanceNorm(x(4)),
  ],
  [
    'layerNorm: axis must be from -3 to 2 for an input of rank 3, but is 3.',
    () => tfn.layerNorm(x(2, 3, 4), {axis: 3}),
  ],
  [
    'layerNorm: axis must be from -2 to 1 for an input of rank 2, but is [0,-3].',
    () => tfn.layerNorm(x(2, 3), {axis: [0, -3]}),
  ],
  [
    'rmsNorm: axis must be from -2 to 1 for an input of rank 2, but is 0.5.',
    () => tfn.rmsNorm(x(2, 3), {axis: 0.5}),
  ],
  [
    'layerNorm: axis must name each axis once, but is [1,-1].',
    () => tfn.layerNorm(x(2, 3), {axis: [1, -1]}),
  ],
  [
    'l2Normalize: axis must be an integer or a list of at least one, but is [].',
    () => tfn.l2Normalize(x(2, 3), {axis: []}),
  ],
  [
    'layerNorm: axis must be an integer or a list of at least one, but is "last".',
    () => tfn.layerNorm(x(2, 3), {axis: any('last')}),
  ],
  [
    'groupNorm: axis must be that of the channels, but 0 is that of the batch.',
    () => tfn.groupNorm(x(4, 4), {axis: 0}),
  ],
  [
    'instanceNorm: axis must be that of the channels, but -2 is that of the batch.',
    () => tfn.instanceNorm(x(4, 4), {axis: -2}),
  ],
  [
    'groupNorm: groups must be -1 or a positive integer that divides the 6 channels, but is 4.',
    () => tfn.groupNorm(x(2, 6), {groups: 4}),
  ],
  [
    'groupNorm: groups must be -1 or a positive integer that divides the 6 channels, but is 0.',
    () => tfn.groupNorm(x(2, 6), {groups: 0}),
  ],
  [
    'groupNorm: groups must be -1 or a positive integer that divides the 6 channels, but is 1.5.',
    () => tfn.groupNorm(x(2, 6), {groups: 1.5}),
  ],
  [
    'layerNorm: gamma must have the shape [3], but has [2].',
    () => tfn.layerNorm(x(2, 3), {gamma: x(2)}),
  ],
  [
    'layerNorm: beta must have the shape [3, 4], but has [12].',
    () => tfn.layerNorm(x(2, 3, 4), {axis: [1, 2], beta: x(12)}),
  ],
  [
    'groupNorm: gamma must have the shape [6], but has [2, 3].',
    () => tfn.groupNorm(x(2, 6), {groups: 2, gamma: x(2, 3)}),
  ],
  [
    'rmsNorm: gamma must be a tensor or an array of numbers, but is "ones".',
    () => tfn.rmsNorm(x(2, 3), {gamma: any('ones')}),
  ],
  [
    'batchNorm: epsilon must be a finite number of at least 0, but is -0.001.',
    () => tfn.batchNorm(x(2, 3), {epsilon: -1e-3}),
  ],
  [
    'l1Normalize: epsilon must be a finite number of at least 0, but is NaN.',
    () => tfn.l1Normalize(x(2, 3), {epsilon: NaN}),
  ],
  [
    'batchNormInference: mean must have the shape [3], but has [2].',
    () => tfn.batchNormInference(x(2, 3), x(2), x(3)),
  ],
  [
    'batchNormInference: variance must be a tensor or an array of numbers, but is undefined.',
    () => tfn.batchNormInference(x(2, 3), x(3), any(undefined)),
  ],
  [
    'batchNormInference: gamma must have the shape [3], but has [].',
    () => tfn.batchNormInference(x(2, 3), x(3), x(3), {gamma: 2}),
  ],
  [
    'batchNormInference: epsilon must be a finite number of at least 0, but is Infinity.',
    () => tfn.batchNormInference(x(2, 3), x(3), x(3), {epsilon: Infinity}),
  ],
  [
    'batchNorm: mask must have the shape [2, 3, 4], with 1 for any size, or that of its leading ' +
      'axes, but has [3].',
    () => tfn.batchNorm(x(2, 3, 4), {mask: x(3)}),
  ],
  [
    'groupNorm: mask must have the shape [2, 4], with 1 for any size, or that of its leading ' +
      'axes, but has [2, 4, 1].',
    () => tfn.groupNorm(x(2, 4), {groups: 2, mask: x(2, 4, 1)}),
  ],
  [
    'instanceNorm: mask must be a tensor or an array of numbers, but is "all".',
    () => tfn.instanceNorm(x(2, 4), {mask: any('all')}),
  ],
  [
    'localResponseNorm: depthRadius must be an integer of at least 0, but is 1.5.',
    () => tfn.localResponseNorm(x(2, 3), {depthRadius: 1.5}),
  ],
  [
    'localResponseNorm: alpha must be a finite number, but is NaN.',
    () => tfn.localResponseNorm(x(2, 3), {alpha: NaN}),
  ],
  [
    'localResponseNorm: beta must be a finite number, but is ["a"].',
    () => tfn.localResponseNorm(x(2, 3), {beta: any(['a'])}),
  ],
  [
    'localResponseNorm: bias must be a finite number, but is a tensor of shape [3].',
    () => tfn.localResponseNorm(x(2, 3), {bias: any(x(3))}),
  ],
  [
    'localResponseNorm: x must have at least 1 axis, but has the shape [].',
    () => tfn.localResponseNorm(2),
  ],
  [
    'filterResponseNorm: x must have at least 3 axes, but has the shape [2, 3].',
    () => tfn.filterResponseNorm(x(2, 3)),
  ],
  [
    'filterResponseNorm: axis must name all axes but that of the batch and that of the channels, ' +
      'but is [1] for an input of rank 4.',
    () => tfn.filterResponseNorm(x(1, 2, 3, 4), {axis: [1]}),
  ],
  [
    'filterResponseNorm: axis must name all axes but that of the batch and that of the channels, ' +
      'but is [0,1] for an input of rank 3.',
    () => tfn.filterResponseNorm(x(1, 2, 3), {axis: [0, 1]}),
  ],
  [
    'filterResponseNorm: gamma must have the shape [4], but has [3].',
    () => tfn.filterResponseNorm(x(1, 2, 3, 4), {gamma: x(3)}),
  ],
  [
    'filterResponseNorm: beta must have the shape [4], but has [3].',
    () => tfn.filterResponseNorm(x(1, 2, 3, 4), {beta: x(3), learnedEpsilon: 1}),
  ],
  [
    'filterResponseNorm: learnedEpsilon must have the shape [1], but has [4].',
    () => tfn.filterResponseNorm(x(1, 2, 3, 4), {learnedEpsilon: x(4)}),
  ],
  [
    'filterResponseNorm: epsilon must be a finite number of at least 0, but is -2.',
    () => tfn.filterResponseNorm(x(1, 2, 3, 4), {learnedEpsilon: 1, epsilon: -2}),
  ],
  [
    'powerNormState: channels must be an integer of at least 0, but is undefined.',
    () => tfn.powerNormState(any(undefined)),
  ],
  [
    'powerNormState: channels must be an integer of at least 0, but is -1.',
    () => tfn.powerNormState(-1),
  ],
  [
    'powerNormState: channels must be an integer of at least 0, but is "4".',
    () => tfn.powerNormState(any('4')),
  ],
  ['powerNorm: x must have at least 1 axis, but has the shape [].', () => power({}, tf.scalar(3))],
  ['powerNorm: axis must be a single one, but is [0,1].', () => power({axis: any([0, 1])})],
  [
    'groupNorm: axis must be a single one, but is [1,2].',
    () => tfn.groupNorm(x(2, 4, 4), {axis: any([1, 2])}),
  ],
  [
    'powerNorm: axis must be from -2 to 1 for an input of rank 2, but is 2.',
    () => power({axis: 2}),
  ],
  [
    'powerNorm: epsilon must be a finite number of at least 0, but is -1.',
    () => power({epsilon: -1}),
  ],
  [
    'powerNorm: alphaForward must be a number from 0 to 1, but is 1.5.',
    () => power({alphaForward: 1.5}),
  ],
  [
    'powerNorm: alphaBackward must be a number from 0 to 1, but is NaN.',
    () => power({alphaBackward: NaN}),
  ],
  ['powerNorm: guard must be true or false, but is "no".', () => power({guard: any('no')})],
  ['powerNorm: training must be true or false, but is 2.', () => power({training: any(2)})],
  [
    'powerNorm: warmupSteps must be a number of at least 0, but is -1.',
    () => power({warmupSteps: -1}),
  ],
  [
    'powerNorm: warmupSteps must be a number of at least 0, but is null.',
    () => power({warmupSteps: any(null)}),
  ],
  [
    'powerNorm: groups must be 0 or a positive integer that divides the 6 channels, but is 4.',
    () => power({groups: 4}),
  ],
  [
    'powerNorm: groups must be 0 or a positive integer that divides the 6 channels, but is -1.',
    () => power({groups: -1}),
  ],
  [
    'powerNorm: backwardMode must be one of reference, paper, exact, but is "true".',
    () => power({backwardMode: any('true')}),
  ],
  ['powerNorm: gamma must have the shape [6], but has [2].', () => power({gamma: x(2)})],
  ['powerNorm: beta must have the shape [6], but has [1, 6].', () => power({beta: x(1, 6)})],
  [
    'powerNorm: mask must have the shape [2] or that of its leading axes, but has [3].',
    () => power({mask: x(3)}),
  ],
  [
    'powerNorm: mask must have the shape [2, 3] or that of its leading axes, but has [3].',
    () => power({axis: 1, mask: x(3)}, x(2, 6, 3)),
  ],
  [
    'powerNorm: state.phi must be a variable, float32 of shape [6], but is undefined.',
    () => tfn.powerNorm(x(2, 6), any(undefined)),
  ],
  [
    'powerNorm: state.phi must be a variable, float32 of shape [6], but is a tensor of shape [6].',
    () => power({}, x(2, 6), {phi: x(6)}),
  ],
  [
    'powerNorm: state.nu must be a variable, float32 of shape [6], but is float32 of shape [5].',
    () => power({}, x(2, 6), {nu: tf.variable(x(5))}),
  ],
  [
    'powerNorm: state.step must be a variable, int32 of shape [], but is float32 of shape [].',
    () => power({}, x(2, 6), {step: tf.variable(tf.scalar(0))}),
  ],
];

const LAYER_ERRORS: ErrorCase[] = [
  [
    'norm: axis must be from -3 to 2 for an input of rank 3, but is 4.',
    () => tfn.layers.layerNormalization({name: 'norm', axis: 4}).apply(x(1, 2, 3)),
  ],
  [
    'norm: the size of axis 2 must be known, but is null.',
    () =>
      tfn.layers
        .batchNormalization({name: 'norm'})
        .apply(layers.inputLayer(input(3, null)).output as unknown as tf.Tensor),
  ],
  [
    'norm: groups must be -1 or a positive integer that divides the 5 channels, but is 32.',
    () => tfn.layers.groupNormalization({name: 'norm'}).apply(x(1, 2, 5)),
  ],
  [
    'norm: axis must be that of the channels, but 0 is that of the batch.',
    () => tfn.layers.instanceNormalization({name: 'norm', axis: 0}).apply(x(1, 2, 5)),
  ],
  [
    'norm: takes one input, but got 2.',
    () => tfn.layers.rmsNormalization({name: 'norm'}).apply([x(1, 2), x(1, 2)]),
  ],
  [
    'norm: adjustment is not supported, but is {}; scale and shift in a layer behind.',
    () => tfn.layers.batchNormalization(any({name: 'norm', adjustment: {}})),
  ],
  [
    'norm: renormClipping may have the keys rmax, rmin and dmax, but is {"rmax":3,"max":2}.',
    () =>
      tfn.layers.batchNormalization({
        name: 'norm',
        renorm: true,
        renormClipping: any({rmax: 3, max: 2}),
      }),
  ],
  [
    'norm: renormClipping\'s rmin must not be above its rmax, but is {"rmax":1,"rmin":2}.',
    () =>
      tfn.layers.batchNormalization({
        name: 'norm',
        renorm: true,
        renormClipping: {rmax: 1, rmin: 2},
      }),
  ],
  [
    'norm: renormClipping\'s dmax must not be below 0, but is {"dmax":-1}.',
    () => tfn.layers.batchNormalization({name: 'norm', renorm: true, renormClipping: {dmax: -1}}),
  ],
  [
    'norm: renormMomentum must be a number from 0 to 1, but is 2.',
    () => tfn.layers.batchNormalization({name: 'norm', renorm: true, renormMomentum: 2}),
  ],
  [
    'norm: momentum must be a number from 0 to 1, but is "0.9".',
    () => tfn.layers.batchNormalization({name: 'norm', momentum: any('0.9')}),
  ],
  [
    'norm: momentum must be a number from 0 to 1, but is 2.',
    () => tfn.layers.batchNormalization({name: 'norm', momentum: 2}),
  ],
  [
    'norm: center must be true or false, but is "false".',
    () => tfn.layers.layerNormalization({name: 'norm', center: any('false')}),
  ],
  [
    'norm: scale must be true or false, but is 2.',
    () => tfn.layers.instanceNormalization({name: 'norm', scale: any(2)}),
  ],
  [
    'norm: renorm must be true or false, but is {"rmax":3}.',
    () => tfn.layers.batchNormalization({name: 'norm', renorm: any({rmax: 3})}),
  ],
  [
    'norm: guard must be true or false, but is "no".',
    () => tfn.layers.powerNormalization({name: 'norm', guard: any('no')}),
  ],
  [
    'norm: rmsScaling must be true or false, but is "no".',
    () => tfn.layers.layerNormalization({name: 'norm', rmsScaling: any('no')}),
  ],
  [
    'norm: invert must be true or false, but is "true".',
    () => tfn.layers.normalization({name: 'norm', invert: any('true')}),
  ],
  [
    'norm: affine must be true or false, but is [].',
    () => tfn.layers.thresholdedLinearUnit({name: 'norm', affine: any([])}),
  ],
  [
    'norm: learnedEpsilon must be true or false, but is 0.0001.',
    () => tfn.layers.filterResponseNormalization({name: 'norm', learnedEpsilon: any(1e-4)}),
  ],
  [
    'norm: reparametrize must be true or false, but is "false".',
    () => {
      const args = {layer: layers.flatten(), reparametrize: any('false')};
      return tfn.layers.spectralNormalization({name: 'norm', ...args});
    },
  ],
  [
    'norm: dataInit must be true or false, but is "false".',
    () => {
      const args = {layer: layers.flatten(), dataInit: any('false')};
      return tfn.layers.weightNormalization({name: 'norm', ...args});
    },
  ],
  [
    'norm: renormClipping\'s rmax, rmin and dmax must be numbers, but is {"rmax":"3"}.',
    () => {
      const args = {renorm: true, renormClipping: any({rmax: '3'})};
      return tfn.layers.batchNormalization({name: 'norm', ...args});
    },
  ],
  [
    'norm: warmupSteps must be a number of at least 0, but is "10".',
    () => tfn.layers.powerNormalization({name: 'norm', warmupSteps: any('10')}),
  ],
  [
    'norm: virtualBatchSize is not supported, but is 8; train with batches of that size.',
    () => tfn.layers.batchNormalization(any({name: 'norm', virtualBatchSize: 8})),
  ],
  [
    'norm: layer must be a layer, but is null.',
    () => tfn.layers.spectralNormalization(any({name: 'norm'})),
  ],
  [
    "norm: layer must be an object of tfjs, its class's name or its {className, config}, " +
      'but is 3.',
    () => tfn.layers.weightNormalization({name: 'norm', layer: any(3)}),
  ],
  [
    "norm: gammaInitializer must be an object of tfjs, its class's name or its " +
      '{className, config}, but is function.',
    () => tfn.layers.groupNormalization({name: 'norm', gammaInitializer: any(initializers.ones)}),
  ],
  [
    'SpectralNormalization: layer must be given as {layer}, but is dense itself.',
    () => tfn.layers.spectralNormalization(any(layers.dense({name: 'dense', units: 2}))),
  ],
  [
    'norm: layer must be a layer, but is Zeros.',
    () => tfn.layers.weightNormalization({name: 'norm', layer: any(initializers.zeros())}),
  ],
  [
    "norm: layer must be registered with tf.serialization, but 'Densest' is not.",
    () => tfn.layers.weightNormalization({name: 'norm', layer: {className: 'Densest', config: {}}}),
  ],
  [
    'norm: layer must have one of kernel, depthwiseKernel, embeddings; Flatten has not.',
    () =>
      tfn.layers.spectralNormalization({name: 'norm', layer: layers.flatten()}).apply(x(2, 3, 4)),
  ],
  [
    'norm: layer must have one of kernel, depthwiseKernel; Activation has not.',
    () => {
      const layer = layers.activation({activation: 'relu'});
      return tfn.layers.weightNormalization({name: 'norm', layer}).apply(x(2, 3));
    },
  ],
  [
    'norm: layer must have one of kernel, depthwiseKernel, embeddings; SeparableConv2D has not.',
    () => {
      const layer = layers.separableConv2d({filters: 1, kernelSize: 1});
      return tfn.layers.spectralNormalization({name: 'norm', layer}).apply(x(1, 2, 2, 1));
    },
  ],
  [
    'norm: layer must have one of kernel, depthwiseKernel; SeparableConv2D has not.',
    () => {
      const layer = layers.separableConv2d({filters: 1, kernelSize: 1});
      return tfn.layers.weightNormalization({name: 'norm', layer}).apply(x(1, 2, 2, 1));
    },
  ],
  [
    'norm: layer must have one of kernel, depthwiseKernel, embeddings; LSTM has not.',
    () => {
      const layer = layers.lstm({units: 2});
      return tfn.layers.spectralNormalization({name: 'norm', layer}).apply(x(1, 2, 2));
    },
  ],
  [
    'norm: powerIterations must be a positive integer, but is 0.',
    () =>
      tfn.layers.spectralNormalization({
        name: 'norm',
        layer: layers.flatten(),
        powerIterations: 0,
      }),
  ],
  [
    'norm: depthRadius must be an integer of at least 0, but is -1.',
    () => tfn.layers.localResponseNormalization({name: 'norm', depthRadius: -1}),
  ],
  [
    'norm: axis must name all axes but that of the batch and that of the channels, ' +
      'but is [1,2] for an input of rank 3.',
    () => tfn.layers.filterResponseNormalization({name: 'norm'}).apply(x(2, 3, 4)),
  ],
  [
    'norm: axis must be from -2 to 1 for an input of rank 2, but is 2.',
    () => tfn.layers.thresholdedLinearUnit({name: 'norm', axis: 2}).apply(x(2, 3)),
  ],
  [
    'norm: mean and variance must be given together, but mean is 1 and variance is null.',
    () => tfn.layers.normalization({name: 'norm', mean: 1}),
  ],
  [
    'norm: mean and variance must have the same shape, but mean is [1,2] and variance is 3.',
    () => tfn.layers.normalization({name: 'norm', mean: [1, 2], variance: 3}),
  ],
  [
    'norm: mean must have at most one axis for each that is kept (0), ' +
      'but mean is [1] and variance is [3].',
    () => tfn.layers.normalization({name: 'norm', axis: null, mean: [1], variance: [3]}),
  ],
  [
    'norm: mean and variance must be finite numbers, variance at least 0, ' +
      'but mean is 1 and variance is -1.',
    () => tfn.layers.normalization({name: 'norm', mean: 1, variance: -1}),
  ],
  [
    'norm: mean and variance must be finite numbers, variance at least 0, ' +
      'but mean is ["1",2] and variance is [1,1].',
    () => tfn.layers.normalization({name: 'norm', mean: any(['1', 2]), variance: [1, 1]}),
  ],
  [
    'norm: mean must have the features [3], but has [2].',
    () => {
      const given = {mean: [1, 2], variance: [1, 1]};
      tfn.layers.normalization({name: 'norm', ...given}).build([null, 3]);
    },
  ],
  [
    'norm: axis must be from -2 to 1 for an input of rank 2, but is [2].',
    () => tfn.layers.normalization({name: 'norm', axis: 2}).apply(x(2, 3)),
  ],
  [
    'norm: order must be 1 or 2, but is 3.',
    () => tfn.layers.unitNormalization({name: 'norm', order: any(3)}),
  ],
  [
    'norm: alphaForward must be a number from 0 to 1, but is 2.',
    () => tfn.layers.powerNormalization({name: 'norm', alphaForward: 2}),
  ],
  [
    'norm: alphaBackward must be a number from 0 to 1, but is -1.',
    () => tfn.layers.powerNormalization({name: 'norm', alphaBackward: -1}),
  ],
  [
    'norm: warmupSteps must be a number of at least 0, but is NaN.',
    () => tfn.layers.powerNormalization({name: 'norm', warmupSteps: NaN}),
  ],
  [
    'norm: backwardMode must be one of reference, paper, exact, but is "batch".',
    () => tfn.layers.powerNormalization({name: 'norm', backwardMode: any('batch')}),
  ],
  [
    'norm: groups must be 0 or a positive integer that divides the 5 channels, but is 2.',
    () => tfn.layers.powerNormalization({name: 'norm', groups: 2}).apply(x(1, 2, 5)),
  ],
  [
    "norm: gammaInitializer must be registered with tf.serialization, but 'twos' is not.",
    () => tfn.layers.layerNormalization({name: 'norm', gammaInitializer: any('twos')}),
  ],
  [
    "norm: betaConstraint must be registered with tf.serialization, but 'Undefined' is not.",
    () =>
      tfn.layers.layerNormalization({
        name: 'norm',
        betaConstraint: any({className: 'Undefined', config: {}}),
      }),
  ],
];

export const ERROR_CASES: ErrorCase[] = [...OP_ERRORS, ...LAYER_ERRORS];
