import {util} from '@tensorflow/tfjs-core';
import {asFloat} from '../ops/arguments.js';
import {normalized} from '../ops/normalized.js';
import {MOMENTS} from '../statistic.js';
import {type Compute, fits, type Weight} from './layer_call.js';

/** The fields of tfjs's layer; once it is built, its axes are a list of numbers from 0. */
type LayerNormalization = {
  axis: number | number[];
  epsilon: number;
  scale: boolean;
  center: boolean;
  gamma?: Weight | null;
  beta?: Weight | null;
};

/**
 * Computes tfjs's `LayerNormalization`. Where its axes are not in ascending order, it gives
 * the values of gamma, one by one, to the features in the order of the input: so does this.
 */
export const layerNormalization: Compute = (layer, x) => {
  const {axis: given, epsilon, scale, center, gamma, beta} = layer as LayerNormalization;
  if (!Array.isArray(given) || !given.every(axis => axis in x.shape)) return null;
  const axes = [...given].sort((a, b) => a - b);
  const features = axes.map(axis => x.shape[axis]);
  const [$gamma, $beta] = [scale ? gamma?.read() : null, center ? beta?.read() : null];
  if (!fits(util.sizeFromShape(features), [$gamma, $beta], epsilon)) return null;
  const params = {
    gamma: $gamma && asFloat($gamma, features),
    beta: $beta && asFloat($beta, features),
  };
  return normalized(x, {statistic: MOMENTS, epsilon, reduced: axes, features: axes}, params).y;
};
