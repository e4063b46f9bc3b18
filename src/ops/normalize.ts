import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo} from '../any_rank.js';
import {checkEpsilon, checkParam} from '../check.js';
import {FusedNormalize} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {type Moving, normalizeReference} from '../reference.js';
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
  /** The shape in which the op uses the statistics. Defaults to null: it does not. */
  momentsShape?: readonly number[] | null;
  /**
   * Averages of what earlier batches had, in that shape: the op then gets these averages moved on,
   * of which `momentum` stays, in the place of the batch's own statistics. Defaults to null.
   */
  moving?: (Moving & {momentum: number}) | null;
  /** Whether the op itself uses `stats`, which contract.ts describes. Defaults to false. */
  withStats?: boolean;
  /** How much each element counts in the statistics, to be broadcast against the input. */
  weights?: tf.Tensor | null;
};

/**
 * The results of `normalize`: `mean` and `spread` are null unless `momentsShape` asks for them, as
 * `stats` is without `withStats`.
 */
export type Normalized = {y: tf.Tensor} & Record<'mean' | 'spread' | 'stats', tf.Tensor | null>;

/**
 * Normalizes `x`; every normalization op calls this one.
 *
 * Runs the backend's fused kernel where it has one, else the reference; with weights always that.
 * The statistics of an empty input are NaN.
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
    momentsShape = null,
    moving = null,
    withStats = false,
    weights,
    ...config
  }: Normalization,
): Normalized {
  checkEpsilon(op, epsilon);
  const paramShape = config.paramShape ?? params.map(axis => shape[axis]);
  const gamma = toFloatOrNull(op, 'gamma', config.gamma);
  const beta = toFloatOrNull(op, 'beta', config.beta);
  checkParam(op, 'gamma', gamma, paramShape);
  checkParam(op, 'beta', beta, paramShape);
  if (x.size === 0) {
    const unknown = () => momentsShape && tf.fill([...momentsShape], NaN);
    return {y: normalizeNothing(x, gamma, beta), mean: unknown(), spread: unknown(), stats: null};
  }

  const view = viewOf(shape, reduced, gamma == null && beta == null ? [] : params);
  // tfjs cannot save an absent input for the gradient (tensorflow/tfjs#2868), so the kernels
  // always get both parameters.
  const flat = [paramCount(view)];
  const $gamma = gamma == null ? tf.ones(flat) : reshape(gamma, flat);
  const $beta = beta == null ? tf.zeros(flat) : reshape(beta, flat);
  const attrs = {view, statistic, epsilon, momentsShape, momentum: moving?.momentum ?? 0};
  const reference = () => {
    const spread = weights == null ? null : broadcastTo(weights, x.shape);
    return normalizeReference(x, $gamma, $beta, {...attrs, withStats}, spread, moving);
  };
  const isTaped = tf.engine().state.gradientDepth > 0;
  const inputs = {
    ...{x, gamma: $gamma, beta: $beta},
    ...(attrs.momentum === 0 ? {} : {movingMean: moving!.mean, movingSpread: moving!.spread}),
  };
  const outputs =
    weights == null
      ? runKernel(FusedNormalize, inputs, {...attrs, withStats: withStats || isTaped}, reference)
      : reference();
  const [mean, spread] = momentsShape == null ? [null, null] : outputs.slice(-2);
  return {y: outputs[0], mean, spread, stats: withStats ? outputs[1] : null};
}

/** An empty result that still depends on all inputs, so that they get (zero) gradients. */
function normalizeNothing(x: tf.Tensor, ...params: Array<tf.Tensor | null>): tf.Tensor {
  return params.reduce<tf.Tensor>(
    (y, param) => (param == null ? y : tf.add(y, tf.mul(0, tf.sum(param)))),
    tf.clone(x),
  );
}
