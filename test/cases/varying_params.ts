/** gamma and beta along any axes, gammaOffset and activation, beside the same in tf ops. */
import * as tf from '@tensorflow/tfjs-core';
import {ACTIVATIONS, activate, type Activation} from '../../src/activation.js';
import * as tfn from '../../src/ops/index.js';
import {assertClose, rms} from '../close.js';
import {random} from '../random.js';
import {type Case, onCpu, tidyCase} from './case.js';

type Affine = Pick<tfn.LayerNormConfig, 'gamma' | 'beta' | 'gammaOffset' | 'activation'>;
type Op = (x: tf.Tensor, affine?: Affine) => tf.Tensor;

const X = [2, 4, 5, 6];
const statistic = (seed: number) => tf.tensor(random(6, seed).map(v => 0.5 + v * v));

const OPS: Record<string, Op> = {
  layerNorm: (x, affine) => tfn.layerNorm(x, affine),
  'layerNorm with rmsScaling': (x, affine) => tfn.layerNorm(x, {...affine, rmsScaling: true}),
  'normalize by rms over two axes': (x, affine) =>
    tfn.normalize(x, {...affine, statistic: 'rms', axis: [1, 3], params: 2}),
  rmsNorm: (x, affine) => tfn.rmsNorm(x, affine),
  batchNorm: (x, affine) => tfn.batchNorm(x, affine).y,
  'batchNorm with a mask': (x, affine) => tfn.batchNorm(x, {...affine, mask: [[1], [1]]}).y,
  batchNormInference: (x, affine) => tfn.batchNormInference(x, statistic(1), statistic(2), affine),
  groupNorm: (x, affine) => tfn.groupNorm(x, {...affine, groups: 3}),
  'groupNorm, channels first': (x, affine) => tfn.groupNorm(x, {...affine, groups: 2, axis: 1}),
  instanceNorm: (x, affine) => tfn.instanceNorm(x, affine),
  filterResponseNorm: (x, affine) => tfn.filterResponseNorm(x, affine),
  'filterResponseNorm with learnedEpsilon': (x, affine) =>
    tfn.filterResponseNorm(x, {...affine, learnedEpsilon: 0.1}),
};

/** Parameters of each example and channel, of each position, of each head and feature, of each element, and one for all. */
const PARAMS = [
  {gamma: [2, 1, 1, 6], beta: [2, 1, 1, 6]},
  {gamma: [1, 4, 5, 1], beta: [1, 1, 1, 6]},
  {gamma: [2, 4, 5, 6], beta: [1, 1, 1, 1]},
];

async function affineOf(op: Op, shapes: (typeof PARAMS)[number], activation: Activation) {
  const tensor = (seed: number, shape: number[]) =>
    tf.tensor(random(tf.util.sizeFromShape(shape), seed), shape);
  const results = (op: (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => tf.Tensor) => {
    const inputs = [tensor(3, X), tensor(4, shapes.gamma), tensor(5, shapes.beta)];
    const {value, grads} = tf.valueAndGrads(op)(inputs, tensor(6, X));
    return Promise.all([value, ...grads].map(t => t.data()));
  };
  const found = await results((x, gamma, beta) => op(x, {gamma, beta, gammaOffset: 1, activation}));
  // A GPU would compile a program for each op.
  const expected = await onCpu(() =>
    results((x, gamma, beta) =>
      activate(activation, tf.add(tf.mul(op(x), tf.add(gamma, 1)), beta)),
    ),
  );
  for (const [i, what] of ['y', 'dx', 'dgamma', 'dbeta'].entries()) {
    // Sums of up to 240 terms in float32, which may cancel, and of which the other side rounds each.
    assertClose(what, found[i], expected[i], 1e-5, Math.max(1, rms(expected[i])));
  }
}

export const varyingParamsCases: Case[] = Object.entries(OPS).flatMap(([name, op], i) =>
  PARAMS.map((shapes, j) => {
    const activation = ACTIVATIONS[(i + j) % ACTIVATIONS.length];
    return tidyCase(
      `${name} with gamma ${shapes.gamma.join('x')}, beta ${shapes.beta.join('x')}, ${activation}`,
      () => affineOf(op, shapes, activation),
    );
  }),
);
