/** The group scaling of power normalization: RMS normalization of each position's groups of channels. */
import * as tf from '@tensorflow/tfjs-core';
import {RMS} from '../statistic.js';
import {viewOf} from '../view.js';
import {normalized} from './normalized.js';
import {normalizeGrad} from './normalize_grad.js';

type Groups = {axis: number; groups: number; epsilon: number};

/**
 * `x` with each group divided by its root mean square, and the groups' `stats` of contract.ts for the
 * gradient: null if there is no scaling, or no gradient.
 */
export function scaleGroups(x: tf.Tensor, config: Groups) {
  const {epsilon, axis, groups} = config;
  if (groups === 0) return {scaled: x, scaling: null};
  const split = {axis, count: groups};
  const norm = {statistic: RMS, epsilon, features: [], split, reduced: [axis + 1]};
  const withStats = tf.engine().state.gradientDepth > 0;
  const {y, stats} = normalized(x, {...norm, withStats});
  return {scaled: y, scaling: stats};
}

/** The gradient of `scaleGroups`, by the `stats` that it gave. */
export const scaleGroupsGrad = (dy: tf.Tensor, x: tf.Tensor, stats: tf.Tensor, config: Groups) =>
  scaleGroupsGrads({dy, x, stats}, config, {dx: true, dparams: false})[0];

/** The gradients that are wanted of `scaleGroups(x) * gamma` with a value of gamma for each channel, as `normalizeGrad`. */
export function scaleGroupsGrads(
  inputs: Parameters<typeof normalizeGrad>[0],
  config: Groups,
  wanted: {dx: boolean; dparams: boolean},
): tf.Tensor[] {
  const {axis, epsilon} = config;
  const params = inputs.gamma == null ? [] : [axis, axis + 1];
  const view = viewOf(shapeOf(inputs.x, config), [axis + 1], params);
  return normalizeGrad(inputs, {view, statistic: RMS, epsilon, wanted});
}

/** [..., groups, channels of a group, ...] */
function shapeOf(x: tf.Tensor, {axis, groups}: Groups): number[] {
  const shape = [...x.shape];
  shape.splice(axis, 1, groups, x.shape[axis] / groups);
  return shape;
}
