import * as tfn from 'tfjs-normalization';
import type {NormalizeAttrs} from '../src/kernels/contract.js';
import {L1, L2, MOMENTS, RMS, type Statistic} from '../src/statistic.js';
import {viewOf} from '../src/view.js';
import {type Implementation, ours, type Param} from './implementation.js';
import type {OnnxNode} from './onnx/runtimes.js';
import * as rivals from './rivals.js';

/** A normalization, and everything that it is compared with. */
export type Norm = {
  ours: Implementation;
  rivals: Implementation[];
  /**
   * The attributes that `FusedNormalize` gets for an `x` of that shape; absent if the op does not
   * run it.
   */
  attrs?: (shape: number[]) => NormalizeAttrs;
  /** The parameters that the norm has. Defaults to gamma and beta. */
  params?: Param[];
  /** The axis of the parameters. Defaults to the last one. */
  axis?: number;
  /** The same norm in ONNX, which has it with channels first only. */
  onnx?: OnnxNode;
  /** Whether x is read twice; see `limitsOf`. */
  twice?: boolean;
};

const EPSILON = 1e-3;
const GROUPS = 32;

const rows =
  (statistic: Statistic, epsilon: number, hasParams: boolean) =>
  (shape: number[]): NormalizeAttrs => {
    const last = [shape.length - 1];
    return {view: viewOf(shape, last, hasParams ? last : []), statistic, epsilon};
  };

export const layerNorm: Norm = {
  ours: ours('layerNorm', ({x, gamma, beta}) => tfn.layerNorm(x, {gamma, beta})),
  rivals: rivals.layerNorm,
  attrs: rows(MOMENTS, EPSILON, true),
  onnx: {
    name: 'LayerNormalization',
    opset: 17,
    constants: ['gamma', 'beta'],
    ints: {axis: -1},
    floats: {epsilon: EPSILON},
  },
};

export const rmsNorm: Norm = {
  ours: ours('rmsNorm', ({x, gamma}) => tfn.rmsNorm(x, {gamma})),
  rivals: rivals.rmsNorm,
  attrs: rows(RMS, 1e-6, true),
  params: ['gamma'],
  onnx: {
    name: 'RMSNormalization',
    opset: 23,
    constants: ['gamma'],
    ints: {axis: -1},
    floats: {epsilon: 1e-6},
  },
};

export const l2Normalize: Norm = {
  ours: ours('l2Normalize', ({x}) => tfn.l2Normalize(x)),
  rivals: rivals.l2Normalize,
  attrs: rows(L2, 1e-12, false),
  params: [],
};

export const l1Normalize: Norm = {
  ours: ours('l1Normalize', ({x}) => tfn.l1Normalize(x)),
  rivals: rivals.l1Normalize,
  attrs: rows(L1, 1e-12, false),
  params: [],
};

const batchNormOn = (axis: number): Norm => ({
  ours: ours('batchNorm', ({x, gamma, beta}) => tfn.batchNorm(x, {gamma, beta, axis}).y),
  rivals: axis === 1 ? rivals.batchNormChannelsFirst : rivals.batchNorm,
  attrs: shape => {
    const reduced = shape.map((_, i) => i).filter(i => i !== axis);
    return {view: viewOf(shape, reduced, [axis]), statistic: MOMENTS, epsilon: EPSILON};
  },
  axis,
  twice: true,
});

export const batchNorm = batchNormOn(3);
/** The norms of `[batch, features]`. */
export const batchNormOfRows: Norm = {...batchNormOn(1), rivals: rivals.batchNorm};
export const batchNormChannelsFirst: Norm = {
  ...batchNormOn(1),
  onnx: {
    name: 'BatchNormalization',
    opset: 15,
    constants: ['gamma', 'beta', 'mean', 'variance'],
    outputs: ['runningMean', 'runningVariance'],
    ints: {training_mode: 1},
    floats: {epsilon: EPSILON},
  },
};

const batchNormInferenceOn = (axis: number): Norm => ({
  ours: ours('batchNormInference', ({x, mean, variance, gamma, beta}) =>
    tfn.batchNormInference(x, mean, variance, {gamma, beta, axis}),
  ),
  rivals: axis === 1 ? rivals.batchNormInferenceChannelsFirst : rivals.batchNormInference,
  axis,
});

export const batchNormInference = batchNormInferenceOn(3);
export const batchNormInferenceChannelsFirst: Norm = {
  ...batchNormInferenceOn(1),
  onnx: {
    name: 'BatchNormalization',
    opset: 15,
    constants: ['gamma', 'beta', 'mean', 'variance'],
    floats: {epsilon: EPSILON},
  },
};

/**
 * Group and instance norm. With channels last, all groups of an example are read before any is
 * known.
 */
const groupsOn = (axis: number, groupsOf: (channels: number) => number) => ({
  attrs: (shape: number[]): NormalizeAttrs => {
    const split = [...shape];
    const groups = groupsOf(shape[axis]);
    split.splice(axis, 1, groups, shape[axis] / groups);
    const reduced = split.map((_, i) => i).filter(i => i !== 0 && i !== axis);
    return {
      view: viewOf(split, reduced, [axis, axis + 1]),
      statistic: MOMENTS,
      epsilon: EPSILON,
    };
  },
  axis,
  twice: axis !== 1,
});

const groupNormOn = (axis: number): Norm => ({
  ours: ours('groupNorm', ({x, gamma, beta}) =>
    tfn.groupNorm(x, {gamma, beta, groups: GROUPS, axis}),
  ),
  rivals: axis === 1 ? rivals.groupNormChannelsFirst(GROUPS) : rivals.groupNorm(GROUPS),
  ...groupsOn(axis, () => GROUPS),
});

export const groupNorm = groupNormOn(3);
export const groupNormChannelsFirst: Norm = {
  ...groupNormOn(1),
  onnx: {
    name: 'GroupNormalization',
    opset: 21,
    constants: ['gamma', 'beta'],
    ints: {num_groups: GROUPS},
    floats: {epsilon: EPSILON},
  },
};

const instanceNormOn = (axis: number): Norm => ({
  ours: ours('instanceNorm', ({x, gamma, beta}) => tfn.instanceNorm(x, {gamma, beta, axis})),
  rivals: axis === 1 ? rivals.instanceNormChannelsFirst : rivals.instanceNorm,
  ...groupsOn(axis, channels => channels),
});

export const instanceNorm = instanceNormOn(3);
export const instanceNormChannelsFirst: Norm = {
  ...instanceNormOn(1),
  onnx: {
    name: 'InstanceNormalization',
    opset: 17,
    constants: ['gamma', 'beta'],
    floats: {epsilon: EPSILON},
  },
};
