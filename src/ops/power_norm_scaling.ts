/** The group scaling of power normalization: RMS normalization of each position's groups of channels. */
import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeGrad} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGradReference} from '../reference.js';
import {RMS} from '../statistic.js';
import {viewOf} from '../view.js';
import {normalize} from './normalize.js';

type Groups = {axis: number; groups: number; epsilon: number};

/**
 * `x` with each group divided by its root mean square, and the groups' `stats` of contract.ts for the
 * gradient: null if there is no scaling, or no gradient.
 */
export function scaleGroups(op: string, x: tf.Tensor, config: Groups) {
  const {epsilon, axis, groups} = config;
  if (groups === 0) return {scaled: x, scaling: null};
  const shape = shapeOf(x, config);
  const norm = {statistic: RMS, epsilon, shape, reduced: [axis + 1], params: []};
  const withStats = tf.engine().state.gradientDepth > 0;
  const {y, stats} = normalize(op, x, {...norm, withStats});
  return {scaled: y, scaling: stats};
}

/** The gradient of `scaleGroups`, by the `stats` that it gave. */
export function scaleGroupsGrad(dy: tf.Tensor, x: tf.Tensor, stats: tf.Tensor, config: Groups) {
  const gamma = tf.ones([1]);
  const view = viewOf(shapeOf(x, config), [config.axis + 1], []);
  const attrs = {view, statistic: RMS, epsilon: config.epsilon};
  const wanted = {dx: true, dparams: false};
  const reference = () => [normalizeGradReference(dy, x, gamma, null, attrs, stats).x()];
  return runKernel(FusedNormalizeGrad, {dy, x, gamma, stats}, {...attrs, wanted}, reference)[0];
}

/** [..., groups, channels of a group, ...] */
function shapeOf(x: tf.Tensor, {axis, groups}: Groups): number[] {
  const shape = [...x.shape];
  shape.splice(axis, 1, groups, x.shape[axis] / groups);
  return shape;
}
