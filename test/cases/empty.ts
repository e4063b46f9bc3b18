/** The result of an input without elements is empty, and no input has an effect on it. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {assert, assertSame, type Case, tidyCase} from './case.js';
import {type OpRow, OPS} from './ops.js';

/** The last axis is that of the channels. */
const SHAPES = [
  [0, 2],
  [3, 0],
  [0, 3, 2],
  [1, 0, 2],
  [2, 3, 0],
  [0, 0, 0],
  [2, 0, 4, 3],
  [2, 0, 0, 1, 2],
];

async function checkOp({takes = ['gamma', 'beta'], run}: OpRow, shape: number[]): Promise<void> {
  const [channels] = shape.slice(-1);
  const x = tf.zeros(shape);
  const [gamma, beta] = [tf.ones([channels]), tf.ones([channels])];
  const state = tfn.powerNormState(channels);
  const inputs = [x, ...takes.map(name => ({gamma, beta})[name])];
  const op = (...[x, ...params]: tf.Tensor[]) => {
    const given = Object.fromEntries(takes.map((name, i) => [name, params[i]]));
    return run({x, gamma, beta, ...given}, {}, state);
  };
  assertSame('shape of y', op(...inputs).shape, shape);
  await checkZeros(tf.grads(op)(inputs), inputs);
  const squared = (...inputs: tf.Tensor[]) => tf.square(op(...inputs));
  for (const i of inputs.keys()) {
    const gradient = (...inputs: tf.Tensor[]) => tf.grads(squared)(inputs)[i];
    await checkZeros(tf.grads(gradient)(inputs), inputs);
  }
  tf.dispose(state);
}

async function checkZeros(found: tf.Tensor[], expected: tf.Tensor[]): Promise<void> {
  for (const [i, gradient] of found.entries()) {
    assertSame(`shape of gradient ${i}`, gradient.shape, expected[i].shape);
    assertSame(`gradient ${i}`, await gradient.data(), new Float32Array(gradient.size));
  }
}

/** The statistics of an empty batch are unknown, and do not depend on it. */
async function checkMoments(shape: number[]): Promise<void> {
  const x = tf.zeros(shape);
  for (const name of ['mean', 'variance'] as const) {
    const moment = (x: tf.Tensor) => tfn.batchNorm(x)[name];
    const [channels] = shape.slice(-1);
    assertSame(name, await moment(x).data(), new Float32Array(channels).fill(NaN));
    await checkZeros([tf.grad(moment)(x)], [x]);
  }
}

const LAYERS: Array<[name: string, make: () => tf.layers.Layer]> = [
  ['batchNormalization', () => tfn.layers.batchNormalization()],
  ['renorm', () => tfn.layers.batchNormalization({renorm: true, renormClipping: {rmax: 3}})],
  ['layerNormalization', () => tfn.layers.layerNormalization({gammaConstraint: 'nonNeg'})],
  ['rmsScaling', () => tfn.layers.layerNormalization({rmsScaling: true})],
  ['rmsNormalization', () => tfn.layers.rmsNormalization()],
  ['groupNormalization', () => tfn.layers.groupNormalization({groups: 1})],
  ['instanceNormalization', () => tfn.layers.instanceNormalization()],
  ['powerNormalization', () => tfn.layers.powerNormalization()],
  ['filterResponseNormalization', () => tfn.layers.filterResponseNormalization({axis: 1})],
  ['learnedEpsilon', () => tfn.layers.filterResponseNormalization({axis: 1, learnedEpsilon: true})],
  ['globalResponseNormalization', () => tfn.layers.globalResponseNormalization()],
  ['dynamicErf', () => tfn.layers.dynamicErf()],
  ['layerScale', () => tfn.layers.layerScale()],
  ['thresholdedLinearUnit', () => tfn.layers.thresholdedLinearUnit()],
  ['affine thresholdedLinearUnit', () => tfn.layers.thresholdedLinearUnit({affine: true})],
];

/** A step on an empty batch: it trains nothing and moves nothing. */
async function checkLayer(make: () => tf.layers.Layer, shape: number[]): Promise<void> {
  const layer = make();
  const [channels] = shape.slice(-1);
  layer.build([null, null, channels]);
  const before = await Promise.all(layer.getWeights().map(weight => weight.data()));
  const variables = layer.trainableWeights.map(weight => weight.read() as tf.Variable);
  const output = () => layer.apply(tf.zeros(shape), {training: true}) as tf.Tensor;
  // Not tf.variableGrads, which takes a scalar: a sum of nothing fails on webgpu.
  await checkZeros(tf.engine().gradients(output, variables).grads, variables);
  const after = await Promise.all(layer.getWeights().map(weight => weight.data()));
  assert(after.length === before.length, () => 'weights are gone');
  after.forEach((value, i) => {
    assertSame(layer.weights[i].name, value, before[i]);
  });
  layer.weights.forEach(weight => weight.dispose());
}

export const emptyCases: Case[] = [
  ...OPS.flatMap(op =>
    SHAPES.filter(({length}) => length >= (op.rank ?? 1)).map(shape =>
      tidyCase(`${op.name} of nothing, [${shape.join(', ')}]`, () => checkOp(op, shape)),
    ),
  ),
  ...SHAPES.map(shape =>
    tidyCase(`statistics of nothing, [${shape.join(', ')}]`, () => checkMoments(shape)),
  ),
  ...LAYERS.flatMap(([name, make]) =>
    SHAPES.filter(({length}) => length === 3).map(shape =>
      tidyCase(`${name} of nothing, [${shape.join(', ')}]`, () => checkLayer(make, shape)),
    ),
  ),
];
