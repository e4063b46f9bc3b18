import * as tfn from 'tfjs-normalization';
import {type Implementation, ours, type Param} from './implementation.js';
import * as rivals from './rivals.js';

export type Case = {
  ours: Implementation;
  rivals: Implementation[];
  shape: number[];
  /** The axis of the parameters. Defaults to the last one. */
  axis?: number;
  /** Defaults to gamma and beta. */
  params?: Param[];
};

const GROUPS = 32;

const layerNorm = ours('layerNorm', ({x, gamma, beta}) => tfn.layerNorm(x, {gamma, beta}));
const batchNorm = (axis: number) =>
  ours('batchNorm', ({x, gamma, beta}) => tfn.batchNorm(x, {gamma, beta, axis}).y);
const batchNormInference = (axis: number) =>
  ours('batchNormInference', ({x, mean, variance, gamma, beta}) =>
    tfn.batchNormInference(x, mean, variance, {gamma, beta, axis}),
  );
const groupNorm = ours('groupNorm', ({x, gamma, beta}) =>
  tfn.groupNorm(x, {gamma, beta, groups: GROUPS}),
);
const instanceNorm = ours('instanceNorm', ({x, gamma, beta}) => tfn.instanceNorm(x, {gamma, beta}));
const rmsNorm = ours('rmsNorm', ({x, gamma}) => tfn.rmsNorm(x, {gamma}));
const l2Normalize = ours('l2Normalize', ({x}) => tfn.l2Normalize(x));
const l1Normalize = ours('l1Normalize', ({x}) => tfn.l1Normalize(x));

// prettier-ignore
export const CASES: Case[] = [
  {shape: [4096, 768], ours: layerNorm, rivals: rivals.layerNorm},
  {shape: [32, 56, 56, 64], ours: batchNorm(-1), rivals: rivals.batchNorm},
  {shape: [32, 64, 56, 56], axis: 1, ours: batchNorm(1), rivals: rivals.batchNormChannelsFirst},
  {shape: [32, 56, 56, 64], ours: batchNormInference(-1), rivals: rivals.batchNormInference},
  {shape: [32, 64, 56, 56], axis: 1, ours: batchNormInference(1), rivals: rivals.batchNormInferenceChannelsFirst},
  {shape: [8, 32, 32, 128], ours: groupNorm, rivals: rivals.groupNorm(GROUPS)},
  {shape: [8, 32, 32, 128], ours: instanceNorm, rivals: rivals.instanceNorm},
  {shape: [4096, 768], params: ['gamma'], ours: rmsNorm, rivals: rivals.rmsNorm},
  {shape: [4096, 768], params: [], ours: l2Normalize, rivals: rivals.l2Normalize},
  {shape: [4096, 768], params: [], ours: l1Normalize, rivals: rivals.l1Normalize},
  // So small that only the overhead of a call shows.
  {shape: [8, 64], ours: layerNorm, rivals: rivals.layerNorm},
];
