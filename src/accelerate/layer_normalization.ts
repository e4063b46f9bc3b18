import {normalized} from '../ops/normalized.js';
import {MOMENTS} from '../statistic.js';
import {type Compute, fits, type Weight} from './layer_call.js';

/** What tfjs's layer has; once it is built, its axes are a list of numbers from 0. */
type LayerNormalization = {
  axis: number | number[];
  epsilon: number;
  scale: boolean;
  center: boolean;
  gamma?: Weight | null;
  beta?: Weight | null;
};

/**
 * What tfjs's `LayerNormalization` computes. Where its axes are not in ascending order, it gives
 * the values of gamma, one by one, to the features in the order of the input: so does this.
 */
export const layerNormalization: Compute = (layer, x) => {
  const {axis: axes, epsilon, scale, center, gamma, beta} = layer as LayerNormalization;
  if (!Array.isArray(axes) || !axes.every(axis => axis in x.shape)) return null;
  const params = {
    gamma: scale ? (gamma?.read() ?? null) : null,
    beta: center ? (beta?.read() ?? null) : null,
  };
  const size = axes.reduce((n, axis) => n * x.shape[axis], 1);
  if (!fits(size, Object.values(params), epsilon)) return null;
  return normalized(x, {statistic: MOMENTS, epsilon, reduced: axes, features: axes, ...params}).y;
};
