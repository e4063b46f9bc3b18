/**
 * The contract of the fused kernels. A backend may register them; where it does not, the
 * reference runs.
 *
 * `x`, `y`, `dy` and `dx` have one shape, any of the view's size; `gamma` and `beta` are flat,
 * `[params]`. All tensors are float32, none is empty and none is optional.
 *
 * `stats` is `[groups, 2, 2]`, for each group
 *
 *     mean    rest      rest = the group's mean - float32(mean): without it the gradient loses as
 *     spread  rstd      many digits as the mean has above the standard deviation
 *
 * Both are 0 for statistics that do not center. `spread` is the variance, the mean square or the
 * norm, without epsilon; `rstd` is the reciprocal of what the group is divided by:
 *
 *     average: 1 / sqrt(spread + epsilon)        norm: 1 / max(spread, epsilon), 0 if spread is 0
 *
 * Four floats a group are one texel of a packed WebGL texture and one vec4 of WGSL.
 */
import type {NamedAttrMap} from '@tensorflow/tfjs-core';
import type {Statistic} from '../statistic.js';
import type {NormView} from '../view.js';

/** `x, gamma, beta -> y, stats`. */
export const FusedNormalize = 'FusedNormalize';
/**
 * `dy, x, gamma, stats, dstats -> dx`.
 *
 * `dstats` is the gradient of `stats`. Its mean and variance count where the statistic centers;
 * nothing else of `stats` is handed out to anybody.
 */
export const FusedNormalizeGrad = 'FusedNormalizeGrad';
/**
 * `dy, x, stats -> [2, params]`: dgamma and dbeta. A backend where each tensor of the two would be a
 * launch of its own gives them apart, `dgamma, dbeta`, each `[params]`.
 */
export const FusedNormalizeParamGrad = 'FusedNormalizeParamGrad';

/**
 * `dy, x, gamma, stats, dstats -> dx, [2, params]`, or `dx, dgamma, dbeta`: the two above in one.
 *
 * For backends where they share work; the others do without it.
 */
export const FusedNormalizeGrads = 'FusedNormalizeGrads';

/**
 * `stats -> [2, groups]`: the means and the spreads, for those who hand them out. For backends where
 * slices of `stats` are dear; the others do without it.
 */
export const FusedNormalizeMoments = 'FusedNormalizeMoments';

/**
 * `x, mean, variance, gamma, beta -> y`: with statistics that are given, `[params]` each. In the view
 * each parameter has a group. Where a backend has no such kernel, tf.batchNorm does it.
 */
export const FusedNormalizeGiven = 'FusedNormalizeGiven';

/** The attributes of all kernels but `FusedNormalizeMoments`, which has none. */
export type NormalizeAttrs = {
  readonly view: NormView;
  readonly statistic: Statistic;
  readonly epsilon: number;
  /**
   * `false` where nobody asks for the statistics: `FusedNormalize` may then give `[y]` alone.
   * Defaults to true.
   */
  readonly withStats?: boolean;
};

/** tfjs types attributes as plain values only; it passes anything through. */
export const asAttrMap = (attrs: NormalizeAttrs): NamedAttrMap => attrs as unknown as NamedAttrMap;
export const fromAttrMap = (attrs: NamedAttrMap | undefined): NormalizeAttrs =>
  attrs as unknown as NormalizeAttrs;
