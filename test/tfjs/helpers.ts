/** A layer of tfjs and one of ours, side by side. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {normalize64, type Problem} from '../float64.js';
import {normal} from '../models.js';
import {expectRight} from '../right.js';

export type Layer = tf.layers.Layer;
export type Kind = 'batchNormalization' | 'layerNormalization';
/** The library that a layer comes from. */
export type Source = 'tfjs' | 'ours';

export const KINDS: Kind[] = ['batchNormalization', 'layerNormalization'];
export const SOURCES: Source[] = ['tfjs', 'ours'];

/** What docs/numerics.md promises, relative to the root mean square of what is expected. */
export const VALUE = 2e-6;
export const GRADIENT = 1e-5;
/** Far above all rounding: another result, not a less precise one. */
export const WRONG = 0.1;

/** With arguments of its own: tfjs's layers write to theirs. */
export const makeLayer = (source: Source, kind: Kind, args: object = {}): Layer =>
  (source === 'tfjs' ? tf.layers : tfn.layers)[kind](structuredClone(args));

/** Values that no formula is blind to: neither 0 nor 1, and variances above 0. */
export function setRandomWeights(layer: Layer): void {
  const values = layer.weights.map((weight, i) => {
    const value = normal(weight.shape as number[], 100 + i, 1, 0.5);
    return weight.originalName.endsWith('variance') ? tf.add(tf.square(value), 0.5) : value;
  });
  layer.setWeights(values);
}

/** A layer with random weights. */
export function built(source: Source, kind: Kind, args: object, inputShape: number[]): Layer {
  const layer = makeLayer(source, kind, args);
  layer.apply(tf.zeros(inputShape));
  setRandomWeights(layer);
  return layer;
}

/** A layer of tfjs and one of ours that should do the same, with the same weights. */
export const twins = (kind: Kind, args: object, inputShape: number[]): Record<Source, Layer> => ({
  tfjs: built('tfjs', kind, args, inputShape),
  ours: built('ours', kind, args, inputShape),
});

export const run = (layer: Layer, x: tf.Tensor, training = false): tf.Tensor =>
  layer.apply(x, {training}) as tf.Tensor;

/** In training, with respect to x and then each of the trainable weights. */
export function gradients(layer: Layer, x: tf.Tensor, dy: tf.Tensor): tf.Tensor[] {
  const weights = layer.trainableWeights.map(weight => weight.read());
  return tf.grads((...[x]: tf.Tensor[]) => run(layer, x, true))([x, ...weights], dy);
}

/** Normalization over the axes `reduced`, with parameters along `params`, and Keras's epsilon. */
export const problemOf = (shape: number[], reduced: number[], params: number[]): Problem => ({
  shape,
  reduced,
  params,
  statistic: MOMENTS,
  epsilon: 1e-3,
});

function affineOf(layer: Layer): {gamma?: tf.Tensor; beta?: tf.Tensor} {
  const weightOf = (name: string) =>
    layer.weights.find(({originalName}) => originalName.endsWith(`/${name}`))?.read();
  return {gamma: weightOf('gamma'), beta: weightOf('beta')};
}

/** What a layer computes from its batch, in double precision. */
export function truth(layer: Layer, x: tf.Tensor, problem: Problem): number[] {
  const {gamma, beta} = affineOf(layer);
  const size = problem.params.reduce((n, axis) => n * problem.shape[axis], 1);
  const ofSize = (value: number, weight?: tf.Tensor) =>
    weight?.dataSync() ?? new Float32Array(size).fill(value);
  return normalize64(x.dataSync(), ofSize(1, gamma), ofSize(0, beta), problem).y;
}

/** Output and gradients of `layer` in training keep to what we promise. */
export const expectRightLayer = (layer: Layer, x: tf.Tensor, problem: Problem): Promise<void> =>
  expectRight(x => run(layer, x, true), problem, {
    x,
    dy: normal(x.shape, 9, 0, 1),
    ...affineOf(layer),
  });
