/** An expression in the ops that it was written in, as tfjs would run these. */
import * as tf from '@tensorflow/tfjs-core';
import {batchNormInTraining} from '../ops/batch_norm_in_training.js';
import type {Expression, Step} from './expression.js';

type Compute = (inputs: tf.Tensor[], step: Step) => tf.Tensor;

export function compute({leaves, steps}: Expression, inputs: readonly tf.Tensor[]): tf.Tensor {
  return tf.tidy(() => {
    const values = inputs.slice(0, leaves);
    for (const step of steps) {
      const op = OPS[step.op];
      values.push(
        op(
          step.inputs.map(input => values[input]),
          step,
        ),
      );
    }
    const result = values[values.length - 1];
    return inputs.includes(result) ? tf.clone(result) : result;
  });
}

/** Axes and shapes, which are small, and which tfjs reads in the same way. */
const numbers = (t: tf.Tensor): number[] => Array.from(t.dataSync());

const on =
  (f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Compute =>
  ([a, b]) =>
    f(a, b);

const reduction =
  (f: (x: tf.Tensor, axes: number[], keepdims?: boolean) => tf.Tensor): Compute =>
  ([x, axes], {attrs}) =>
    f(x, numbers(axes), attrs.keepdims);

const batchNorm: Compute = ([x, scale, offset], {attrs}) =>
  batchNormInTraining(x, scale, offset, attrs.format!.toUpperCase(), attrs.epsilon!).y;

const same: Compute = ([x]) => x;

const OPS: Readonly<Record<string, Compute>> = {
  add: on(tf.add),
  addv2: on(tf.add),
  biasadd: on(tf.add),
  broadcastto: ([x, shape]) => tf.broadcastTo(x, numbers(shape)),
  cast: same,
  div: on(tf.div),
  divnonan: on(tf.divNoNan),
  euclideannorm: reduction(tf.euclideanNorm),
  expanddims: ([x, axis]) => tf.expandDims(x, numbers(axis)[0]),
  fill: same,
  floordiv: on(tf.floorDiv),
  fusedbatchnorm: batchNorm,
  fusedbatchnormv2: batchNorm,
  fusedbatchnormv3: batchNorm,
  identity: same,
  inv: on(tf.reciprocal),
  maximum: on(tf.maximum),
  mean: reduction(tf.mean),
  minimum: on(tf.minimum),
  mul: on(tf.mul),
  neg: on(tf.neg),
  oneslike: ([x]) => tf.onesLike(x),
  pack: inputs => tf.stack(inputs),
  pow: on(tf.pow),
  realdiv: on(tf.div),
  reciprocal: on(tf.reciprocal),
  reshape: ([x, shape]) => tf.reshape(x, numbers(shape)),
  rsqrt: on(tf.rsqrt),
  sqrt: on(tf.sqrt),
  square: on(tf.square),
  squareddifference: on(tf.squaredDifference),
  squeeze: ([x], {attrs}) => tf.squeeze(x, attrs.axes?.length ? [...attrs.axes] : undefined),
  stopgradient: same,
  stridedslice: ([x, begin, end, strides], {attrs}) => {
    const {begins, ends, ellipsis, news} = attrs.masks!;
    const at = [begin, end, strides].map(numbers);
    return tf.stridedSlice(x, at[0], at[1], at[2], begins, ends, ellipsis, news);
  },
  sub: on(tf.sub),
  sum: reduction(tf.sum),
  zeroslike: ([x]) => tf.zerosLike(x),
};
