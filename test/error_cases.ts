/** Bad calls and the exact message that each must give: op, argument, rule, what came. */
import * as tf from '@tensorflow/tfjs-core';
import {initializers, input, layers} from '@tensorflow/tfjs-layers';
import * as tfn from '../src/index.js';

type ErrorCase = [message: string, call: () => unknown];

const x = (...shape: number[]) => tf.ones(shape);
const any = (value: unknown) => value as never;

function disposed(...shape: number[]): tf.Tensor {
  const t = tf.ones(shape);
  t.dispose();
  return t;
}

function circular(): object {
  const object: {a?: object} = {};
  object.a = object;
  return object;
}

/** Calls that break the same rule. */
const broken = (
  rule: string,
  calls: Array<[argument: string, came: string, call: () => unknown]>,
): ErrorCase[] =>
  calls.map(([argument, came, call]) => [`${argument} ${rule}, but ${came}.`, call]);

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

// A message does not fit beside its call.
// prettier-ignore
const OP_ERRORS: ErrorCase[] = [
  ...broken('must be a tensor or an array of numbers', [
    ['layerNorm: x', 'is null', () => tfn.layerNorm(any(null))],
    ['addRmsNorm: residual', 'is undefined', () => tfn.addRmsNorm(x(2, 3), any(undefined))],
    ['rmsNorm: x', 'is {"a":1}', () => tfn.rmsNorm(any({a: 1}))],
    ['l1Normalize: x', 'is [["1","2","4"]]', () => tfn.l1Normalize(any([['1', '2', '4']]))],
    ['rmsNorm: x', 'is [1,[2,null]]', () => tfn.rmsNorm(any([1, [2, null]]))],
    ['groupNorm: beta', 'is ["a","b"]', () => tfn.groupNorm(x(3, 2), {groups: 1, beta: any(['a', 'b'])})],
    ['batchNorm: mask', 'is ["true","false"]', () => tfn.batchNorm(x(2, 3), {mask: any(['true', 'false'])})],
    ['batchNormInference: variance', 'is ["1","1","1"]',
      () => tfn.batchNormInference(x(2, 3), x(3), any(['1', '1', '1']))],
    ['filterResponseNorm: learnedEpsilon', 'is ["0.1"]',
      () => tfn.filterResponseNorm(x(1, 2, 3, 4), {learnedEpsilon: any(['0.1'])})],
    ['powerNorm: gamma', 'is ["1","2","3","4","5","6"]', () => power({gamma: any('1,2,3,4,5,6'.split(','))})],
    ['instanceNorm: x', `is [${'"a",'.repeat(24)}"a…`, () => tfn.instanceNorm(any(Array(1000).fill('a')))],
    ['rmsNorm: gamma', 'is "ones"', () => tfn.rmsNorm(x(2, 3), {gamma: any('ones')})],
    ['layerNorm: x', 'is a symbolic tensor of shape [?, 3], which only layers take',
      () => tfn.layerNorm(any(input({shape: [3]})))],
    ['layerNorm: x', 'is 3n', () => tfn.layerNorm(any(3n))],
    ['batchNorm: x', 'is [1n,[2n,NaN]]', () => tfn.batchNorm(any([1n, [2n, NaN]]))],
    ['layerNorm: x', 'is a Promise, which must be awaited first', () => tfn.layerNorm(any(Promise.resolve()))],
    ['layerNorm: x', 'is a disposed tensor of shape [2, 3]', () => tfn.layerNorm(disposed(2, 3))],
    ['rmsNorm: x', 'is an object of the class Float64Array', () => tfn.rmsNorm(any(new Float64Array(3)))],
    ['rmsNorm: x', 'is [an object of the class Map,{"a":function}]',
      () => tfn.rmsNorm(any([new Map(), {a: () => 1}]))],
    ['l2Normalize: x', 'is [a tensor of shape [3],a tensor of shape [3]]',
      () => tfn.l2Normalize(any([x(3), x(3)]))],
    ['l2Normalize: x', `is ${'{"a":'.repeat(11)}…${'}'.repeat(11)}`, () => tfn.l2Normalize(any(circular()))],
    ['instanceNorm: mask', 'is "all"', () => tfn.instanceNorm(x(2, 4), {mask: any('all')})],
  ]),
  ...broken('must have lists of one length at each depth', [
    ['layerNorm: x', 'is [[1,2],[3]]', () => tfn.layerNorm([[1, 2], [3]])],
    ['batchNorm: x', 'is [1,[2]]', () => tfn.batchNorm(any([1, [2]]))],
    ['groupNorm: mask', 'is [[[1],[2,3]],[[4],[5,6]]]',
      () => tfn.groupNorm(x(2, 6), {groups: 2, mask: [[[1], [2, 3]], [[4], [5, 6]]]})],
  ]),
  ...broken('must be of type float32, int32 or bool', [
    ['l2Normalize: x', 'is string', () => tfn.l2Normalize(tf.tensor(['a']))],
    ['l1Normalize: x', 'is complex64', () => tfn.l1Normalize(tf.complex([1], [2]))],
  ]),
  ...broken('must have at least 1 axis', [
    ['layerNorm: x', 'has the shape []', () => tfn.layerNorm(tf.scalar(1))],
    ['batchNorm: x', 'has the shape []', () => tfn.batchNorm(3)],
    ['localResponseNorm: x', 'has the shape []', () => tfn.localResponseNorm(2)],
    ['powerNorm: x', 'has the shape []', () => power({}, tf.scalar(3))],
  ]),
  ...broken('must have at least 2 axes', [
    ['groupNorm: x', 'has the shape [4]', () => tfn.groupNorm(x(4))],
    ['instanceNorm: x', 'has the shape [4]', () => tfn.instanceNorm(x(4))],
  ]),
  ...broken('must be from -2 to 1 for an input of rank 2', [
    ['layerNorm: axis', 'is [0,-3]', () => tfn.layerNorm(x(2, 3), {axis: [0, -3]})],
    ['rmsNorm: axis', 'is 0.5', () => tfn.rmsNorm(x(2, 3), {axis: 0.5})],
    ['powerNorm: axis', 'is 2', () => power({axis: 2})],
  ]),
  ...broken('must be an integer or a list of at least one', [
    ['l2Normalize: axis', 'is []', () => tfn.l2Normalize(x(2, 3), {axis: []})],
    ['layerNorm: axis', 'is "last"', () => tfn.layerNorm(x(2, 3), {axis: any('last')})],
  ]),
  ...broken('must be that of the channels', [
    ['groupNorm: axis', '0 is that of the batch', () => tfn.groupNorm(x(4, 4), {axis: 0})],
    ['instanceNorm: axis', '-2 is that of the batch', () => tfn.instanceNorm(x(4, 4), {axis: -2})],
  ]),
  ...broken('must be -1 or a positive integer that divides the 6 channels', [
    ['groupNorm: groups', 'is 4', () => tfn.groupNorm(x(2, 6), {groups: 4})],
    ['groupNorm: groups', 'is 1.5', () => tfn.groupNorm(x(2, 6), {groups: 1.5})],
  ]),
  ...broken('must be a finite number of at least 0', [
    ['batchNorm: epsilon', 'is -0.001', () => tfn.batchNorm(x(2, 3), {epsilon: -1e-3})],
    ['l1Normalize: epsilon', 'is NaN', () => tfn.l1Normalize(x(2, 3), {epsilon: NaN})],
    ['batchNormInference: epsilon', 'is Infinity',
      () => tfn.batchNormInference(x(2, 3), x(3), x(3), {epsilon: Infinity})],
    ['filterResponseNorm: epsilon', 'is -2',
      () => tfn.filterResponseNorm(x(1, 2, 3, 4), {learnedEpsilon: 1, epsilon: -2})],
    ['powerNorm: epsilon', 'is -1', () => power({epsilon: -1})],
  ]),
  ...broken('must be an integer of at least 0', [
    ['localResponseNorm: depthRadius', 'is 1.5', () => tfn.localResponseNorm(x(2, 3), {depthRadius: 1.5})],
    ['powerNormState: channels', 'is -1', () => tfn.powerNormState(-1)],
    ['powerNormState: channels', 'is "4"', () => tfn.powerNormState(any('4'))],
  ]),
  ...broken('must be a finite number', [
    ['localResponseNorm: alpha', 'is NaN', () => tfn.localResponseNorm(x(2, 3), {alpha: NaN})],
    ['localResponseNorm: beta', 'is ["a"]', () => tfn.localResponseNorm(x(2, 3), {beta: any(['a'])})],
    ['addRmsNorm: alpha', 'is null', () => tfn.addRmsNorm(x(2, 3), x(2, 3), {alpha: any(null)})],
    ['localResponseNorm: bias', 'is a tensor of shape [3]',
      () => tfn.localResponseNorm(x(2, 3), {bias: any(x(3))})],
  ]),
  ...broken('must name all axes but that of the batch and that of the channels', [
    ['filterResponseNorm: axis', 'is [1] for an input of rank 4',
      () => tfn.filterResponseNorm(x(1, 2, 3, 4), {axis: [1]})],
    ['filterResponseNorm: axis', 'is [0,1] for an input of rank 3',
      () => tfn.filterResponseNorm(x(1, 2, 3), {axis: [0, 1]})],
  ]),
  ...broken('must be a single one', [
    ['powerNorm: axis', 'is [0,1]', () => power({axis: any([0, 1])})],
    ['groupNorm: axis', 'is [1,2]', () => tfn.groupNorm(x(2, 4, 4), {axis: any([1, 2])})],
  ]),
  ...broken('must be a number from 0 to 1', [
    ['powerNorm: alphaForward', 'is 1.5', () => power({alphaForward: 1.5})],
    ['powerNorm: alphaBackward', 'is NaN', () => power({alphaBackward: NaN})],
  ]),
  ...broken('must be true or false', [
    ['powerNorm: guard', 'is "no"', () => power({guard: any('no')})],
    ['powerNorm: training', 'is 2', () => power({training: any(2)})],
  ]),
  ...broken('must be a number of at least 0', [
    ['powerNorm: warmupSteps', 'is -1', () => power({warmupSteps: -1})],
    ['powerNorm: warmupSteps', 'is null', () => power({warmupSteps: any(null)})],
  ]),
  ...broken('must be 0 or a positive integer that divides the 6 channels', [
    ['powerNorm: groups', 'is 4', () => power({groups: 4})],
    ['powerNorm: groups', 'is -1', () => power({groups: -1})],
  ]),
  ...broken('must be a variable, float32 of shape [6]', [
    ['powerNorm: state.phi', 'is undefined', () => tfn.powerNorm(x(2, 6), any(undefined))],
    ['powerNorm: state.phi', 'is a tensor of shape [6]', () => power({}, x(2, 6), {phi: x(6)})],
    ['powerNorm: state.phi', 'is a disposed tensor of shape [6]',
      () => power({}, x(2, 6), {phi: disposed(6)})],
    ['powerNorm: state.nu', 'is float32 of shape [5]', () => power({}, x(2, 6), {nu: tf.variable(x(5))})],
  ]),
  ['layerNorm: axis must name each axis once, but is [1,-1].',
    () => tfn.layerNorm(x(2, 3), {axis: [1, -1]})],
  ['addLayerNorm: residual must have the shape of x, [2, 3], but has [3].',
    () => tfn.addLayerNorm(x(2, 3), x(3))],
  ['addRmsNorm: gate must have the shape [3], or with 1 for any size [2, 3], but has [2, 2].',
    () => tfn.addRmsNorm(x(2, 3), x(2, 3), {gate: x(2, 2)})],
  ['groupNorm: gamma must have the shape [6], or with 1 for any size [2, 6], but has [2, 3].',
    () => tfn.groupNorm(x(2, 6), {groups: 2, gamma: x(2, 3)})],
  ['batchNorm: virtualBatchSize must be a positive integer that divides the batch of 6, but is 4.',
    () => tfn.batchNorm(x(6, 2), {virtualBatchSize: 4})],
  ['batchNorm: axis must not be that of the batch, which virtualBatchSize divides, but is 0.',
    () => tfn.batchNorm(x(6, 2), {virtualBatchSize: 3, axis: 0})],
  ['standardizeWeights: gain and gamma must not be given unless scaled is true, but it is false.',
    () => tfn.standardizeWeights(x(3, 2), {gain: [1, 1]})],
  ['standardizeWeights: gamma must be a finite number, but is "2".',
    () => tfn.standardizeWeights(x(3, 2), {scaled: true, gamma: any('2')})],
  ['standardizeWeights: gain must have the shape [2], but has [3].',
    () => tfn.standardizeWeights(x(3, 2), {scaled: true, gain: [1, 1, 1]})],
  ['dynamicTanh: alpha must have the shape [1], but has [2].', () => tfn.dynamicTanh(x(3, 2), {alpha: [1, 2]})],
  ['dynamicErf: shift must be a number, or a tensor of one, but is true.',
    () => tfn.dynamicErf(x(3, 2), {shift: any(true)})],
  ['dynamicErf: beta must have the shape [2], or with 1 for any size [3, 2], but has [3, 3].',
    () => tfn.dynamicErf(x(3, 2), {beta: x(3, 3)})],
  ['globalResponseNorm: gamma must have the shape [2], but has [3].',
    () => tfn.globalResponseNorm(x(3, 2), {gamma: [1, 1, 1]})],
  ['globalResponseNorm: axis must be that of the channels, but 0 is that of the batch.',
    () => tfn.globalResponseNorm(x(3, 2), {axis: 0})],
  ['normalize: statistic must be one of moments, rms, l2, l1, but is "max".',
    () => tfn.normalize(x(2, 3), {statistic: any('max')})],
  ['normalize: params must name each axis once, but is [1,-1].',
    () => tfn.normalize(x(2, 3), {params: [1, -1]})],
  ['layerNorm: gammaOffset is added to gamma, but there is no gamma.',
    () => tfn.layerNorm(x(2, 3), {gammaOffset: 1, beta: x(3)})],
  ['rmsNorm: gammaOffset must be a finite number, but is "1".',
    () => tfn.rmsNorm(x(2, 3), {gammaOffset: any('1'), gamma: x(3)})],
  ['batchNorm: activation must be one of relu, relu6, leakyRelu, silu, gelu, sigmoid, tanh, but is "swish".',
    () => tfn.batchNorm(x(2, 3), {activation: any('swish')})],
  ['batchNorm: mask must have the shape [2, 3, 4], with 1 for any size, or that of its leading ' +
      'axes, but has [3].',    () => tfn.batchNorm(x(2, 3, 4), {mask: x(3)})],
  ['groupNorm: mask must have the shape [2, 4], with 1 for any size, or that of its leading ' +
      'axes, but has [2, 4, 1].',    () => tfn.groupNorm(x(2, 4), {groups: 2, mask: x(2, 4, 1)})],
  ['filterResponseNorm: x must have at least 3 axes, but has the shape [2, 3].',
    () => tfn.filterResponseNorm(x(2, 3))],
  ['filterResponseNorm: learnedEpsilon must be a number, or a tensor of one, but is true.',
    () => tfn.filterResponseNorm(x(1, 2, 3, 4), {learnedEpsilon: any(true)})],
  ['powerNorm: backwardMode must be one of reference, paper, exact, but is "true".',
    () => power({backwardMode: any('true')})],
  ['powerNorm: mask must have the shape [2] or that of its leading axes, but has [3].',
    () => power({mask: x(3)})],
  ['powerNorm: mask must have the shape [2, 3] or that of its leading axes, but has [3].',
    () => power({axis: 1, mask: x(3)}, x(2, 6, 3))],
  ['powerNorm: state.step must be a variable, int32 of shape [], but is float32 of shape [].',
    () => power({}, x(2, 6), {step: tf.variable(tf.scalar(0))})],
];

const notOption = (name: string, advice: string, call: () => unknown): ErrorCase => [
  `${name} is not an option; ${advice}`,
  call,
];

// prettier-ignore
const OPTION_ERRORS: ErrorCase[] = [
  notOption('toKeras: versoin', 'did you mean version?', () => tfn.toKeras('file://model', any({versoin: 2}))),
  notOption('FusedBatchNormalization: synchronised', 'the options are axis, momentum, ' +
      'movingMeanInitializer, movingVarianceInitializer, renorm, renormClipping, renormMomentum, virtualBatchSize, ' +
      'center, scale, epsilon, betaInitializer, gammaInitializer, betaRegularizer, gammaRegularizer, ' +
      'betaConstraint, gammaConstraint, name, trainable, inputShape, batchInputShape, batchSize, dtype, ' +
      'inputDType, weights.', () => tfn.layers.batchNormalization(any({synchronised: true}))),
  ['batchNormInference: must be called as batchNormInference(x, mean, variance, ' +
      '{axis, epsilon, gamma, beta, gammaOffset, activation}), but its argument 4 is [0,0,0].',
    () => (tfn.batchNormInference as (...args: unknown[]) => tf.Tensor)(
      x(2, 3), [1, 1, 1], [1, 1, 1], [0, 0, 0], [1, 1, 1], 1e-5)],
];

type Shape = Array<number | null>;
type Made = [layer: keyof typeof tfn.layers, args: object, shape?: Shape];

/** A layer that is called norm, made of the arguments, and built if there is a shape. */
const norm = (message: string, [make, args, shape]: Made): ErrorCase => [
  `norm: ${message}.`,
  () => {
    const layer = tfn.layers[make](any({name: 'norm', ...args})) as layers.Layer;
    if (shape != null) layer.build(shape);
  },
];

/** Layers of which the last argument breaks the same rule. */
const wrong = (rule: string, made: Made[]): ErrorCase[] =>
  made.map(([make, args, shape]) => {
    const [argument, value] = Object.entries(args as Record<string, unknown>).at(-1)!;
    const came = typeof value === 'number' ? String(value) : JSON.stringify(value);
    return norm(`${argument} ${rule}, but is ${came}`, [make, args, shape]);
  });

const DIVIDES = 'a positive integer that divides the 5 channels';
const IDENTIFIER = "an object of tfjs, its class's name or its {className, config}";
const KERNELS = 'layer must have one of kernel, depthwiseKernel';
const REGISTERED = 'must be registered with tf.serialization, but';
const layer = layers.flatten();
const separable = layers.separableConv2d({filters: 1, kernelSize: 1});
const lstm = layers.lstm({units: 2});
const dense = () => layers.dense({units: 2});
const rnnCell = () => any(layers.simpleRNNCell({units: 2}));
const relu = layers.activation({activation: 'relu'});
const nowhere = (className: string) => ({className, config: {}});

// prettier-ignore
const LAYER_ERRORS: ErrorCase[] = [
  ...wrong('must be true or false', [
    ['layerNormalization', {center: 'false'}],
    ['instanceNormalization', {scale: 2}],
    ['batchNormalization', {renorm: {rmax: 3}}],
    ['powerNormalization', {guard: 'no'}],
    ['layerNormalization', {rmsScaling: 'no'}],
    ['normalization', {invert: 'true'}],
    ['thresholdedLinearUnit', {affine: []}],
    ['filterResponseNormalization', {learnedEpsilon: 1e-4}],
    ['spectralNormalization', {layer, reparametrize: 'false'}],
    ['weightNormalization', {layer, dataInit: 'false'}],
  ]),
  ...wrong('must be a finite number of at least 0', [
    ['layerNormalization', {epsilon: 'small'}],
    ['batchNormalization', {epsilon: -1}],
    ['rmsNormalization', {epsilon: Infinity}],
    ['unitNormalization', {epsilon: NaN}],
  ]),
  ...wrong('must be an integer', [['weightNormalization', {layer, axis: [0, 1]}]]),
  ...wrong('must be a layer or its {className, config}', [['weightStandardization', {layer: 'dense'}]]),
  ...wrong('must be a number from 0 to 1', [
    ['batchNormalization', {momentum: '0.9'}],
    ['batchNormalization', {momentum: 2}],
    ['batchNormalization', {renorm: true, renormMomentum: 2}],
    ['powerNormalization', {alphaForward: 2}],
    ['powerNormalization', {alphaBackward: -1}],
  ]),
  ...wrong('must be a number of at least 0', [
    ['powerNormalization', {warmupSteps: NaN}],
    ['powerNormalization', {warmupSteps: '10'}],
  ]),
  ...wrong('must be one of reference, paper, exact', [['powerNormalization', {backwardMode: 'batch'}]]),
  ...wrong('must be 1 or 2', [['unitNormalization', {order: 3}]]),
  ...wrong('must be an integer of at least 0', [['localResponseNormalization', {depthRadius: -1}]]),
  ...wrong('must be a positive integer', [
    ['batchNormalization', {virtualBatchSize: 0.5}],
  ]),
  ...wrong('must be a positive integer', [['spectralNormalization', {layer, powerIterations: 0}]]),
  ...wrong(`must be ${IDENTIFIER}`, [['weightNormalization', {layer: 3}]]),
  ...wrong('must be from -3 to 2 for an input of rank 3', [['layerNormalization', {axis: 4}, [1, 2, 3]]]),
  ...wrong('must be from -2 to 1 for an input of rank 2', [
    ['thresholdedLinearUnit', {axis: 2}, [2, 3]],
    ['normalization', {axis: [2]}, [2, 3]],
  ]),
  ...wrong(`must be 0 or ${DIVIDES}`, [['powerNormalization', {groups: 2}, [1, 2, 5]]]),
  norm(`groups must be -1 or ${DIVIDES}, but is 32`, ['groupNormalization', {}, [1, 2, 5]]),
  norm('axis must be that of the channels, but 0 is that of the batch',
    ['instanceNormalization', {axis: 0}, [1, 2, 5]]),
  norm('axis must name all axes but that of the batch and that of the channels, but is [1,2] for an input of rank 3',
    ['filterResponseNormalization', {}, [2, 3, 4]]),
  norm('the size of axis 2 must be known, but is null', ['batchNormalization', {}, [null, 3, null]]),
  norm('adjustment is not supported, but is {}; scale and shift in a layer behind',
    ['batchNormalization', {adjustment: {}}]),
  norm('renorm must be false where there is a virtualBatchSize, but is true',
    ['batchNormalization', {virtualBatchSize: 8, renorm: true}]),
  norm('initValues must be a finite number, but is "1"', ['layerScale', {initValues: '1'}]),
  norm('projectionDim must be that of the input, 3, but is 4', ['layerScale', {projectionDim: 4}, [2, 3]]),
  norm('norm must be one of layer, rms, group, instance, batch, but is "power"',
    ['adaptiveNormalization', {norm: 'power'}]),
  norm('norm must be one of layer, rms, but is "batch"', ['addNormalization', {norm: 'batch'}]),
  norm('alpha must be a finite number, but is "2"', ['addNormalization', {alpha: '2'}]),
  norm('takes two inputs, [x, condition], but got 1', ['adaptiveNormalization', {}, [2, 3]]),
  norm('gamma must not be given unless scaled is true, but is 2', ['weightStandardization', {layer, gamma: 2}]),
  ['norm: the condition must have the shape [batch, size], but has [2, 1, 5].',
    () => tfn.layers.adaptiveNormalization({name: 'norm'}).apply([x(2, 3), x(2, 1, 5)])],
  ['norm: the condition must have as many examples as x, 6, but has 1.',
    () => tfn.layers.adaptiveNormalization({name: 'norm'}).apply([x(6, 3), x(1, 2)])],
  ['norm: the residual must have the shape of x, [2, 3], but has [3].',
    () => tfn.layers.addNormalization({name: 'norm'}).apply([x(2, 3), x(3)])],
  ['norm: the residual must have the shape of x, [?, 3, 4], but has [?, 3, 1].',
    () => tfn.layers.addNormalization({name: 'norm'}).apply([input({shape: [3, 4]}), input({shape: [3, 1]})])],
  ['norm: takes two inputs, [x, residual], but got 3.',
    () => tfn.layers.addNormalization({name: 'norm'}).apply([x(2, 3), x(2, 3), x(2, 3)])],
  norm('renormClipping may have the keys rmax, rmin and dmax, but is {"rmax":3,"max":2}',
    ['batchNormalization', {renorm: true, renormClipping: {rmax: 3, max: 2}}]),
  norm('renormClipping may have the keys rmax, rmin and dmax, but is 3',
    ['batchNormalization', {renorm: true, renormClipping: 3}]),
  norm(`renormClipping's rmax, rmin and dmax must be numbers, but is {"rmax":3n}`,
    ['batchNormalization', {renorm: true, renormClipping: {rmax: 3n}}]),
  norm(`renormClipping's rmax, rmin and dmax must be numbers, but is {"rmax":"3"}`,
    ['batchNormalization', {renorm: true, renormClipping: {rmax: '3'}}]),
  norm(`renormClipping's rmin must not be above its rmax, but is {"rmax":1,"rmin":2}`,
    ['batchNormalization', {renorm: true, renormClipping: {rmax: 1, rmin: 2}}]),
  norm(`renormClipping's dmax must not be below 0, but is {"dmax":-1}`,
    ['batchNormalization', {renorm: true, renormClipping: {dmax: -1}}]),
  norm('mean and variance must be given together, but mean is 1 and variance is null',
    ['normalization', {mean: 1}]),
  norm('mean and variance must have the same shape, or one of them none, but mean is [1,2] and variance is [3]',
    ['normalization', {mean: [1, 2], variance: [3]}]),
  norm('mean must have at most one axis for each that is kept (0), but mean is [1] and variance is [3]',
    ['normalization', {axis: null, mean: [1], variance: [3]}]),
  norm('mean and variance must be finite numbers, variance at least 0, but mean is 1 and variance is -1',
    ['normalization', {mean: 1, variance: -1}]),
  norm('mean and variance must have lists of one length at each depth, but mean is [[1,2],[3]] and variance is 1',
    ['normalization', {axis: [1, 2], mean: [[1, 2], [3]], variance: 1}]),
  norm('mean and variance must be finite numbers, variance at least 0, but mean is ["1",2] and variance is [1,1]',
    ['normalization', {mean: ['1', 2], variance: [1, 1]}]),
  norm('mean must have the features [3], but has [2]',
    ['normalization', {mean: [1, 2], variance: [1, 1]}, [null, 3]]),
  norm('layer must be a layer, but is null', ['spectralNormalization', {}]),
  norm('layer must be a layer, but is Zeros', ['weightNormalization', {layer: initializers.zeros()}]),
  norm(`gammaInitializer must be ${IDENTIFIER}, but is function`,
    ['groupNormalization', {gammaInitializer: initializers.ones}]),
  norm(`layer ${REGISTERED} 'Densest' is not`, ['weightNormalization', {layer: nowhere('Densest')}]),
  norm(`gammaInitializer ${REGISTERED} 'twos' is not`, ['layerNormalization', {gammaInitializer: 'twos'}]),
  norm(`betaConstraint ${REGISTERED} 'Undefined' is not`,
    ['layerNormalization', {betaConstraint: nowhere('Undefined')}]),
  norm(`${KERNELS}, embeddings; Flatten has not`, ['spectralNormalization', {layer}, [2, 3, 4]]),
  norm(`${KERNELS}, embeddings; SeparableConv2D has not`,
    ['spectralNormalization', {layer: separable}, [1, 2, 2, 1]]),
  norm(`${KERNELS}, embeddings; LSTM has not`, ['spectralNormalization', {layer: lstm}, [1, 2, 2]]),
  norm(`${KERNELS}; Activation has not`, ['weightNormalization', {layer: relu}, [2, 3]]),
  norm(`${KERNELS}; SeparableConv2D has not`, ['weightNormalization', {layer: separable}, [1, 2, 2, 1]]),
  norm('mean and variance must be finite numbers, variance at least 0, but mean is [1,NaN] and variance is [1,2n]',
    ['normalization', {mean: [1, NaN], variance: [1, 2n]}]),
  ['norm: the input must be a tensor or an array of numbers, but is a disposed tensor of shape [2, 3].',
    () => tfn.layers.thresholdedLinearUnit({name: 'norm'}).call(disposed(2, 3))],
  ['wrapper: the input must be a tensor or an array of numbers, but is a disposed tensor of shape [2, 3].',
    () => tfn.layers.spectralNormalization({name: 'wrapper', layer: dense()}).call(disposed(2, 3))],
  ['norm: the input must be of type float32, int32 or bool, but is complex64.',
    () => tfn.layers.unitNormalization({name: 'norm'}).call(tf.complex([[1]], [[2]]))],
  ['norm: takes one input, but got 2.',
    () => tfn.layers.rmsNormalization({name: 'norm'}).apply([x(1, 2), x(1, 2)])],
  ['norm: must not be a cell of an RNN: a wrapper has no states.',
    () => layers.rnn({cell: any(tfn.layers.spectralNormalization({name: 'norm', layer: rnnCell()}))})],
  ['second: must not be a cell of an RNN: a wrapper has no states.', () => layers.rnn({
    cell: [rnnCell(), any(tfn.layers.weightNormalization({name: 'second', layer: rnnCell()}))],
  })],
  ['norm: mean and variance must be finite numbers, variance at least 0, but mean is a disposed ' +
      'tensor of shape [2] and variance is 1.',
    () => tfn.layers.normalization({name: 'norm', mean: disposed(2), variance: 1})],
  ['SpectralNormalization: layer must be given as {layer}, but is dense itself.',
    () => tfn.layers.spectralNormalization(any(layers.dense({name: 'dense', units: 2})))],
];

const [length, width] = ['length', 'width'].map(
  name => new tfn.Weight(name, {initializer: 'ones'}),
);

class Nameless extends tfn.NormalizationLayer {
  override plan = () => null;
  override normalize = (input: tf.Tensor) => input;
}

class Own extends Nameless {
  static override readonly className = 'Own';
}

/** The call of a user's own layer, called norm, that has other members than it must. */
const own = (members: object) => () =>
  Object.assign(new Own({name: 'norm'}), members).apply(x(2, 3));

const weight =
  (...args: unknown[]) =>
  () =>
    new tfn.Weight(...(args as ConstructorParameters<typeof tfn.Weight>));

const PLAN =
  'plan must give the axes, a list of integers from 0 to 1 for an input of rank 2, and the function weights, but gives';

// prettier-ignore
const OWN_ERRORS: ErrorCase[] = [
  ['Weight: name must be a string of at least one letter, but is undefined.', weight()],
  ['length: rules must be {initializer, regularizer, constraint, trainable, dtype}, but are undefined.', weight('length')],
  ['length: initializer must be given, but is null.', weight('length', {})],
  ['length: initialiser is not an option; did you mean initializer?', weight('length', {initialiser: 'ones'})],
  [`length: initializer ${REGISTERED} 'one' is not.`, weight('length', {initializer: 'one'})],
  [`length: constraint must be ${IDENTIFIER}, but is 3.`, weight('length', {initializer: 'ones', constraint: 3})],
  ['length: has no value before its layer is built, with this weight in its plan.', () => length.read()],
  ['width: has no value before its layer is built, with this weight in its plan.', () => width.write(x(1))],
  ['Nameless: className, a static property of its class, must be a name, but is undefined.', () => new Nameless()],
  ['norm: plan must be a method of its class, but is undefined.', own({plan: undefined})],
  ['norm: normalize must be a method of its class, but is 3.', own({normalize: 3})],
  ['norm: normalize must return a tensor, but returned undefined.', own({normalize: () => undefined})],
  [`norm: ${PLAN} {"axes":[-1],"weights":function}.`, own({plan: () => ({axes: [-1], weights: () => []})})],
  [`norm: ${PLAN} {"axes":[2],"weights":function}.`, own({plan: () => ({axes: [2], weights: () => []})})],
  [`norm: ${PLAN} {"axes":1,"weights":function}.`, own({plan: () => ({axes: 1, weights: () => []})})],
  [`norm: ${PLAN} {"axes":[1],"weights":undefined}.`, own({plan: () => ({axes: [1]})})],
];

export const ERROR_CASES = [...OP_ERRORS, ...OPTION_ERRORS, ...LAYER_ERRORS, ...OWN_ERRORS];
