import * as tf from '@tensorflow/tfjs-core';
import {checkEpsilon, checkParam} from '../check.js';
import {asAttrMap, FusedNormalize} from '../kernels/contract.js';
import {normalizeReference} from '../reference.js';
import type {Statistic} from '../statistic.js';
import {paramCount, viewOf} from '../view.js';
import {type AffineConfig, reshape, toFloatOrNull} from './arguments.js';

/** What tells one normalization from another. */
export type Normalization = AffineConfig & {
  statistic: Statistic;
  epsilon: number;
  /** The axes that the statistics are taken over, and those along which gamma and beta vary. */
  reduced: readonly number[];
  params: readonly number[];
  /** How `reduced` and `params` see the input, where that is not its own shape. */
  shape?: readonly number[];
  /** The shape of gamma and beta, where it is not the sizes of `params`. */
  paramShape?: readonly number[];
  /** Whether the op uses the statistics. Defaults to false. */
  withStats?: boolean;
  /** How much each element counts in the statistics, to be broadcast against the input. */
  weights?: tf.Tensor | null;
};

/**
 * Normalizes `x`; every normalization op calls this one.
 *
 * Runs the backend's fused kernel where it has one, else the reference; with weights always that.
 * `stats` is described in kernel_names.ts; it is `null` for an empty input, and unless `withStats` is
 * set.
 */
export function normalize(
  op: string,
  x: tf.Tensor,
  {
    statistic,
    epsilon,
    reduced,
    params,
    shape = x.shape,
    withStats = false,
    weights,
    ...config
  }: Normalization,
): {y: tf.Tensor; stats: tf.Tensor | null} {
  checkEpsilon(op, epsilon);
  const paramShape = config.paramShape ?? params.map(axis => shape[axis]);
  const gamma = toFloatOrNull(op, 'gamma', config.gamma);
  const beta = toFloatOrNull(op, 'beta', config.beta);
  checkParam(op, 'gamma', gamma, paramShape);
  checkParam(op, 'beta', beta, paramShape);
  if (x.size === 0) return {y: normalizeNothing(x, gamma, beta), stats: null};

  const view = viewOf(shape, reduced, params);
  // tfjs cannot save an absent input for the gradient (tensorflow/tfjs#2868), so the kernels
  // always get both parameters.
  const flat = [paramCount(view)];
  const inputs = {
    x,
    gamma: gamma == null ? tf.ones(flat) : reshape(gamma, flat),
    beta: beta == null ? tf.zeros(flat) : reshape(beta, flat),
  };
  // The gradient needs them too.
  const isTaped = tf.engine().state.gradientDepth > 0;
  const attrs = {view, statistic, epsilon, withStats: withStats || isTaped};
  const hasKernel = weights == null && tf.getKernel(FusedNormalize, tf.getBackend()) != null;
  const spread = weights == null ? null : tf.broadcastTo(weights, x.shape);
  const [y, stats = null] = hasKernel
    ? tf.engine().runKernel<tf.Tensor[]>(FusedNormalize, inputs, asAttrMap(attrs))
    : normalizeReference(inputs.x, inputs.gamma, inputs.beta, attrs, spread);
  return {y, stats: withStats ? stats : null};
}

/** An empty result that still depends on all inputs, so that they get (zero) gradients. */
function normalizeNothing(x: tf.Tensor, ...params: Array<tf.Tensor | null>): tf.Tensor {
  return params.reduce<tf.Tensor>(
    (y, param) => (param == null ? y : tf.add(y, tf.mul(0, tf.sum(param)))),
    tf.clone(x),
  );
}
