import {getBackend} from '@tensorflow/tfjs-core';
import {batchNormMoving} from '../ops/batch_norm.js';
import {batchNormInference} from '../ops/batch_norm_inference.js';
import {type Compute, fits, type Weight} from './layer_call.js';
import {hasOneLaunch} from './one_launch.js';

/** The fields of tfjs's layer. Keras 2's files give it its axis as a list of one, which it takes as well. */
type BatchNormalization = {
  axis: number | [number];
  momentum: number;
  epsilon: number;
  gamma?: Weight | null;
  beta?: Weight | null;
  movingMean?: Weight;
  movingVariance?: Weight;
};

/**
 * Computes tfjs's `BatchNormalization` by tfjs's rules: it runs on the batch and learns from it
 * whenever it is told to train, also if it is frozen, and takes no notice of masks.
 */
export const batchNormalization: Compute = (layer, x, kwargs) => {
  const {
    axis: given,
    momentum,
    epsilon,
    gamma,
    beta,
    movingMean,
    movingVariance,
  } = layer as BatchNormalization;
  if (movingMean == null || movingVariance == null) return null;
  const axis = Number(given) < 0 ? Number(given) + x.rank : Number(given);
  const moving = {mean: movingMean.read(), variance: movingVariance.read(), momentum};
  const config = {axis, epsilon, gamma: gamma?.read() ?? null, beta: beta?.read() ?? null};
  const weights = [moving.mean, moving.variance, config.gamma, config.beta];
  if (!fits(x.shape[axis], weights, epsilon) || !Number.isFinite(momentum)) return null;

  if (!kwargs['training'])
    return hasOneLaunch(getBackend())
      ? null
      : batchNormInference(x, moving.mean, moving.variance, config);
  // tfjs averages the biased variance too.
  const {y, mean, variance} = batchNormMoving(x, config, moving, false);
  movingMean.write(mean);
  movingVariance.write(variance);
  return y;
};
