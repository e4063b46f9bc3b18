/** Every op, for what all of them must do. */
import type * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';

type Inputs = {x: tf.Tensor; gamma: tf.Tensor; beta: tf.Tensor};

export type OpRow = {
  name: string;
  /** The inputs that it takes beside x. Defaults to both. */
  takes?: Array<'gamma' | 'beta'>;
  /** The least rank of x. Defaults to 1. */
  rank?: number;
  /** The default that it documents, if it has one. */
  epsilon?: number;
  /** The number of results beside y. Defaults to 0. */
  others?: number;
  run: (inputs: Inputs, config?: {epsilon?: number}, state?: tfn.PowerNormState) => tf.Tensor;
};

const inner = ({rank}: tf.Tensor) => Array.from({length: rank - 2}, (_, i) => i + 1);

const POWER: tfn.PowerNormConfig[] = [
  {},
  {training: true},
  {training: true, groups: 0, backwardMode: 'exact'},
];

/** The channels are on the last axis. */
// prettier-ignore
export const OPS: OpRow[] = [
  {name: 'layerNorm', epsilon: 1e-3, run: ({x, ...p}, c) => tfn.layerNorm(x, {...p, ...c})},
  {name: 'layerNorm with rmsScaling', epsilon: 1e-3,
    run: ({x, ...p}, c) => tfn.layerNorm(x, {...p, ...c, rmsScaling: true})},
  {name: 'rmsNorm', takes: ['gamma'], epsilon: 1e-6, run: ({x, gamma}, c) => tfn.rmsNorm(x, {gamma, ...c})},
  {name: 'addLayerNorm', epsilon: 1e-3, others: 1, run: ({x, ...p}, c) => tfn.addLayerNorm(x, x, {...p, ...c}).y},
  {name: 'addRmsNorm', takes: ['gamma'], epsilon: 1e-6, others: 1,
    run: ({x, gamma}, c) => tfn.addRmsNorm(x, x, {gamma, ...c}).y},
  {name: 'normalize', epsilon: 1e-3, run: ({x, ...p}, c) => tfn.normalize(x, {...p, ...c})},
  {name: 'normalize by l2', epsilon: 1e-12, run: ({x, ...p}, c) => tfn.normalize(x, {...p, ...c, statistic: 'l2'})},
  {name: 'batchNorm', epsilon: 1e-3, others: 2, run: ({x, ...p}, c) => tfn.batchNorm(x, {...p, ...c}).y},
  {name: 'batchNorm with a mask', epsilon: 1e-3, others: 2,
    run: ({x, ...p}, c) => tfn.batchNorm(x, {...p, ...c, mask: [1]}).y},
  {name: 'batchNormInference', epsilon: 1e-3,
    run: ({x, gamma, beta}, c) => tfn.batchNormInference(x, beta, gamma, {gamma, beta, ...c})},
  {name: 'groupNorm', rank: 2, epsilon: 1e-3, run: ({x, ...p}, c) => tfn.groupNorm(x, {...p, ...c, groups: 1})},
  {name: 'instanceNorm', rank: 2, epsilon: 1e-3, run: ({x, ...p}, c) => tfn.instanceNorm(x, {...p, ...c})},
  {name: 'filterResponseNorm', rank: 3, epsilon: 1e-6,
    run: ({x, ...p}, c) => tfn.filterResponseNorm(x, {...p, ...c, axis: inner(x)})},
  {name: 'filterResponseNorm with learnedEpsilon', rank: 3,
    run: ({x, ...p}) => tfn.filterResponseNorm(x, {...p, axis: inner(x), learnedEpsilon: [1]})},
  {name: 'globalResponseNorm', rank: 2, epsilon: 1e-6,
    run: ({x, ...p}, c) => tfn.globalResponseNorm(x, {...p, ...c})},
  {name: 'dynamicTanh', run: ({x, ...p}) => tfn.dynamicTanh(x, p)},
  {name: 'dynamicErf', run: ({x, ...p}) => tfn.dynamicErf(x, p)},
  {name: 'standardizeWeights', takes: [], epsilon: 1e-6, run: ({x}, c) => tfn.standardizeWeights(x, c)},
  {name: 'standardizeWeights, scaled', takes: ['gamma'], epsilon: 1e-6,
    run: ({x, gamma}, c) => tfn.standardizeWeights(x, {...c, scaled: true, gain: gamma})},
  {name: 'l1Normalize', takes: [], epsilon: 1e-12, run: ({x}, c) => tfn.l1Normalize(x, c)},
  {name: 'l2Normalize', takes: [], epsilon: 1e-12, run: ({x}, c) => tfn.l2Normalize(x, c)},
  {name: 'localResponseNorm', takes: [], run: ({x}) => tfn.localResponseNorm(x)},
  ...POWER.map((config): OpRow => ({
    name: `powerNorm with ${JSON.stringify(config)}`,
    epsilon: 1e-5,
    run: ({x, ...p}, c, state) => tfn.powerNorm(x, state!, {...config, ...p, ...c}),
  })),
];
