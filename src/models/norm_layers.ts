/** Knows which layers normalize, and what of their inputs. */
import * as tf from '@tensorflow/tfjs-core';
import type {LayerVariable} from '@tensorflow/tfjs-layers';
import {GroupNormalization} from '../layers/group_normalization.js';
import {LayerNormalization} from '../layers/layer_normalization.js';
import {Normalization} from '../layers/normalization.js';
import {NormalizationLayer} from '../layers/normalization_layer.js';
import {RMSNormalization} from '../layers/rms_normalization.js';
import {ThresholdedLinearUnit} from '../layers/thresholded_linear_unit.js';
import type {Layer} from './graph.js';
import {tfjsNorms} from './tfjs_classes.js';

type Settings = {axis: number | number[]; groups: number; epsilon: number};

/** Whether the layer normalizes by its input: `normalization`, which does by data of before, is none. */
export const isNorm = (layer: Layer): boolean =>
  (layer instanceof NormalizationLayer &&
    !(layer instanceof Normalization) &&
    !(layer instanceof ThresholdedLinearUnit)) ||
  Object.values(tfjsNorms()).some(norm => layer instanceof norm);

/** The weight that scales what is normalized; null of a layer without. */
export const gammaOf = (layer: Layer): LayerVariable | null =>
  layer.weights.find(({originalName}) => /(^|\/)(gamma|scale)$/.test(originalName)) ?? null;

const isGroupNorm = (layer: Layer): boolean => layer instanceof GroupNormalization;

/**
 * The number that a layer divides by, squared and without epsilon, of each group of an example; null of layers that have no
 * such groups, as batch normalization.
 */
export function groupVariances(layer: Layer, x: tf.Tensor): tf.Tensor | null {
  const {axis, groups} = layer as unknown as Settings;
  const axes = [axis].flat().map(a => (a < 0 ? a + x.rank : a));
  if (layer instanceof RMSNormalization) return tf.mean(tf.square(x), axes);
  if (layer instanceof LayerNormalization || layer instanceof tfjsNorms().LayerNormalization) {
    return tf.moments(x, axes).variance;
  }
  if (!isGroupNorm(layer)) return null;
  const [channels] = axes;
  const count = groups === -1 ? x.shape[channels] : groups;
  const split = [...x.shape];
  split.splice(channels, 1, count, x.shape[channels] / count);
  const within = split.map((_, i) => i).filter(i => i !== 0 && i !== channels);
  return tf.moments(tf.reshape(x, split), within).variance;
}

export const epsilonOf = (layer: Layer): number => (layer as unknown as Settings).epsilon;
