/** A layer of tfjs and one of ours, side by side. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {normal} from '../models.js';

export type Layer = tf.layers.Layer;
export type Kind = 'batchNormalization' | 'layerNormalization';
/** The library that a layer comes from. */
export type Source = 'tfjs' | 'ours';

export const KINDS: Kind[] = ['batchNormalization', 'layerNormalization'];
export const SOURCES: Source[] = ['tfjs', 'ours'];

/** The promises of docs/numerics.md, relative to the root mean square of the expected values. */
export const VALUE = 2e-6;
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

export const run = (layer: Layer, x: tf.Tensor, training = false): tf.Tensor =>
  layer.apply(x, {training}) as tf.Tensor;

/** In training, with respect to x and then each of the trainable weights. */
export function gradients(layer: Layer, x: tf.Tensor, dy: tf.Tensor): tf.Tensor[] {
  const weights = layer.trainableWeights.map(weight => weight.read());
  return tf.grads((...[x]: tf.Tensor[]) => run(layer, x, true))([x, ...weights], dy);
}
