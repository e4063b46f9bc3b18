import * as tf from '@tensorflow/tfjs-core';
import {broadcastTo} from '../any_rank.js';
import {type ForwardAttrs, FusedNormalize} from '../kernels/contract.js';
import {runKernel, runReference} from '../kernels/run.js';
import {type Moving, normalizeReference} from '../reference.js';
import type {Statistic} from '../statistic.js';
import {type AffineConfig, asFloat, type MaskConfig} from './arguments.js';
import {alignParams, viewOfAligned} from './params.js';
import {withoutEffect} from './without_effect.js';

/** The attributes that tell one normalization from another. */
export type Normalization = MaskConfig & {
  statistic: Statistic;
  epsilon: number;
  /** The axes of the features: gamma and beta may have their shape. */
  features: readonly number[];
  /** An axis that is seen as two, of `count` and of what remains: groups, and the channels of each. */
  split?: {readonly axis: number; readonly count: number};
  /** The axes over which the statistics are taken, among those that `split` leaves. */
  reduced: readonly number[];
  /** The shape in which the op uses the statistics. Defaults to null: it does not. */
  momentsShape?: readonly number[] | null;
  /**
   * Averages of what earlier batches had, in that shape: the op then gets these averages moved on,
   * of which `momentum` stays, in the place of the batch's own statistics. Defaults to null.
   */
  moving?: (Moving & {momentum: number}) | null;
  /** Whether the op itself uses `stats`, which contract.ts describes. Defaults to false. */
  withStats?: boolean;
  /** The residual that is added to x before it is normalized. Defaults to null: nothing. */
  added?: {
    readonly residual: tf.Tensor | tf.TensorLike;
    /** By what the residual is multiplied. */
    readonly alpha: number;
    /** The factor of x, in a shape that gamma may have. Defaults to null: nothing. */
    readonly gate?: tf.Tensor | tf.TensorLike | null;
  } | null;
  /** Whether all elements whose mask is not 0 count alike. Defaults to false: they count as it says. */
  countAlike?: boolean;
};

/**
 * The results of `normalized`: `mean` and `spread` are null unless `momentsShape` asks for them, as
 * `stats` is without `withStats`, and `sum` unless something is added.
 */
export type Normalized = {y: tf.Tensor} & Record<
  'mean' | 'spread' | 'stats' | 'sum',
  tf.Tensor | null
>;

const NAMES = ['gamma', 'beta', 'gate'] as const;

/**
 * Normalizes `x`; every normalization op calls this one, when all arguments have passed its checks.
 *
 * Runs the backend's fused kernel where it has one, else the reference; with a mask always that.
 * The statistics of an empty input are NaN.
 */
export function normalized(
  input: tf.Tensor | tf.TensorLike,
  {
    statistic,
    epsilon,
    features,
    split,
    reduced,
    mask,
    countAlike = false,
    momentsShape = null,
    moving = null,
    withStats = false,
    added = null,
  }: Normalization,
  {gamma, beta, gammaOffset = 0, activation = null}: AffineConfig = {},
): Normalized {
  const x = asFloat(input);
  if (x.size === 0) {
    return ofNothing(x, [gamma, beta, added?.residual, added?.gate], momentsShape, added != null);
  }

  const aligned = alignParams(x.shape, features, NAMES, [gamma, beta, added?.gate]);
  const {params} = aligned;
  const view = viewOfAligned(splitShape(x.shape, split), reduced, aligned, splitAxes(split));
  const weights = mask == null ? null : toWeights(asFloat(mask), x, countAlike);
  const attrs: ForwardAttrs = {
    view,
    statistic,
    epsilon,
    gammaOffset,
    activation,
    momentsShape,
    momentum: moving?.momentum ?? 0,
    withStats: withStats || (weights == null && tf.engine().state.gradientDepth > 0),
    ...(added && {alpha: added.alpha, gated: params[2] != null}),
  };
  const $added = added && {
    ...{residual: asFloat(added.residual), gate: params[2], alpha: added.alpha},
  };
  const reference = ({gamma, beta}: tf.NamedTensorMap) => {
    const spread = weights == null ? null : broadcastTo(weights, x.shape);
    return normalizeReference(x, gamma, beta, {...attrs, withStats}, spread, moving, $added);
  };
  const inputs: tf.NamedTensorMap = {x};
  if (params[0] != null) inputs['gamma'] = params[0];
  if (params[1] != null) inputs['beta'] = params[1];
  if (attrs.momentum !== 0) {
    inputs['movingMean'] = moving!.mean;
    inputs['movingSpread'] = moving!.spread;
  }
  if ($added != null) inputs['residual'] = $added.residual;
  if ($added?.gate != null) inputs['gate'] = $added.gate;
  const outputs =
    weights == null
      ? runKernel(FusedNormalize, inputs, attrs, reference)
      : runReference(FusedNormalize, inputs, attrs, reference);
  const [mean, spread] = momentsShape == null ? [null, null] : outputs.slice(-2);
  // The reference has no statistics that nobody asked for.
  const sum = $added == null ? null : outputs[outputs.length - (momentsShape == null ? 1 : 3)];
  return {y: outputs[0], mean, spread, stats: withStats ? outputs[1] : null, sum};
}

/** Statistics of nothing are unknown, and no input has an effect on the results. */
function ofNothing(
  x: tf.Tensor,
  inputs: ReadonlyArray<tf.Tensor | tf.TensorLike | null | undefined>,
  momentsShape: readonly number[] | null,
  isAdded: boolean,
): Normalized {
  const unknown = () => momentsShape && withoutEffect(tf.fill([...momentsShape], NaN), [x]);
  const given = inputs.filter(input => input != null).map(input => asFloat(input));
  const result = () => withoutEffect(x, given);
  return {
    y: result(),
    mean: unknown(),
    spread: unknown(),
    stats: null,
    sum: isAdded ? result() : null,
  };
}

/** The shape with one axis split in two. */
const splitShape = (shape: readonly number[], split: Normalization['split']): readonly number[] =>
  split == null
    ? shape
    : shape.flatMap((size, axis) =>
        axis === split.axis ? [split.count, size / split.count] : [size],
      );

/** Where these axes are in `splitShape`. */
const splitAxes =
  (split: Normalization['split']) =>
  (axes: readonly number[]): readonly number[] =>
    split == null
      ? axes
      : axes.flatMap(axis =>
          axis === split.axis ? [axis, axis + 1] : [axis > split.axis ? axis + 1 : axis],
        );

/** The mask as weights in a shape that broadcasts against `x`. */
function toWeights(mask: tf.Tensor, x: tf.Tensor, countAlike: boolean): tf.Tensor {
  const aligned = tf.reshape(
    mask,
    x.shape.map((_, i) => (i < mask.rank ? mask.shape[i] : 1)),
  );
  return countAlike ? tf.cast(tf.notEqual(aligned, 0), 'float32') : aligned;
}
