/** Batch normalization layers, tfjs's and ours, as `foldBatchNorm` sees them. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayerVariable} from '@tensorflow/tfjs-layers';
import {BatchNormalization} from '../layers/batch_normalization.js';
import type {Renorm} from '../layers/batch_renorm.js';
import {KerasBatchNormalization} from '../layers/keras_named.js';
import {Weight} from '../layers/weight.js';
import type {Layer} from './graph.js';
import {once} from './once.js';
import {tfjsNorms} from './tfjs_classes.js';

export type BatchNormLayer = Layer & {
  readonly axis: number | number[];
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly momentum: number;
  /** Batch renormalization, which only ours has. */
  readonly renorm?: Renorm | null;
} & Record<'gamma' | 'beta' | 'movingMean' | 'movingVariance', LayerVariable | Weight | null>;

/** `(x - mean) · scale + beta`, each of the shape [features]. */
export type Affine = {
  readonly mean: tf.Tensor;
  readonly scale: tf.Tensor;
  readonly beta: tf.Tensor;
};

const classes = once((): unknown[] => [
  tfjsNorms().BatchNormalization,
  BatchNormalization,
  KerasBatchNormalization,
]);

/** Whether inference with the layer is known: it is none of a class that a program derives. */
export const isBatchNorm = (layer: Layer): layer is BatchNormLayer =>
  classes().includes(layer.constructor);

/** Whether it is a batch normalization, also of a class that a program derives. */
export const isAnyBatchNorm = (layer: Layer): layer is BatchNormLayer =>
  isBatchNorm(layer) || isDerivedBatchNorm(layer);

/** The variable that a layer of tfjs's keeps itself, and one of ours within a weight. */
export const variableOf = (weight: LayerVariable | Weight): LayerVariable =>
  weight instanceof Weight ? weight.variable! : weight;

/** Whether the layer is of a class that a program derives. */
export function isDerivedBatchNorm(layer: Layer): boolean {
  const kinds = [tfjsNorms().BatchNormalization, BatchNormalization];
  return kinds.some(kind => layer instanceof kind) && !classes().includes(layer.constructor);
}

/** The axes of the features, counted from 0. */
export const axesOf = ({axis}: BatchNormLayer, rank: number): number[] =>
  [axis].flat().map(a => (a < 0 ? a + rank : a));

/** The layer's result at inference. */
export function affineOf(norm: BatchNormLayer): Affine {
  const mean = valueOf(norm.movingMean);
  const spread = tf.sqrt(tf.add(valueOf(norm.movingVariance), norm.epsilon));
  return {
    mean,
    scale: norm.scale ? tf.div(valueOf(norm.gamma), spread) : tf.div(1, spread),
    beta: norm.center ? valueOf(norm.beta) : tf.zerosLike(mean),
  };
}

/** The value with which a weight takes part at a call. */
export function valueOf(weight: LayerVariable | Weight | null): tf.Tensor {
  if (!(weight instanceof Weight)) return weight!.read();
  // Our layers apply it at each call, to the variable, which stays as it is here.
  const value = weight.variable!.read();
  return weight.rules.constraint?.apply(value) ?? value;
}
