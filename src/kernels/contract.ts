/**
 * The contract of the fused kernels: their names, inputs, attributes and outputs, which are the same
 * on every backend. A backend may register them; where it does not, the reference runs (run.ts).
 *
 * `x`, `y`, `dy` and `dx` have one shape, any of the view's size. `gamma`, `beta` and their gradients
 * are flat, `[params]`. All tensors are float32, and none is empty. Inputs that defaults.ts lists may be absent where a
 * backend says so.
 *
 * All results are `activation(xhat * (gamma + gammaOffset) + beta)`; the backward kernel computes the
 * affine part again for the activation's slope, and dgamma is that of `gamma`.
 *
 * `residual` and `sum` have x's shape, and `gate` that of gamma.
 *
 * `stats`, which the forward pass leaves for the backward pass, is `[groups, 2, 2]`: for each group
 *
 *     mean    rest      rest = the group's mean - float32(mean): without it the gradient loses as
 *     spread  rstd      many digits as the mean has above the standard deviation
 *
 * Both are 0 for statistics that do not center. `spread` is the variance, the mean square or the
 * norm, without epsilon; `rstd` is the reciprocal of what the group is divided by:
 *
 *     average: 1 / sqrt(spread + epsilon)        norm: 1 / max(spread, epsilon), 0 if spread is 0
 *
 * Kernels that a backend calls *general* take more: parameters of any shape; views that have axes `without` some
 * parameters, which then have a value only for each element of the axes along which they vary; the activation `erf`; and
 * of `FusedNormalizeGiven`, `scale` and `offset`, and calls without any of its parameters.
 *
 * Four floats a group are one texel of a packed WebGL texture and one vec4 of WGSL.
 */
import type {NamedAttrMap} from '@tensorflow/tfjs-core';
import type {AnyActivation} from '../activation.js';
import type {Statistic} from '../statistic.js';
import {countOf, groupCount, type NormView} from '../view.js';

/**
 * `x, gamma, beta -> y, stats, sum, mean, spread`, of which `ForwardAttrs` names the wanted ones.
 *
 * Where `alpha` is not null, `residual` follows the inputs and, where `gated` is true, `gate`. Then `sum`,
 * which is `alpha * residual + gate * x`, is handed out, and normalized in the place of x.
 *
 * Where `momentum` is not 0, `movingMean` and `movingSpread` follow the inputs, with a value for each
 * group, and what is handed out as `mean` and `spread` are the moving averages behind this batch:
 * `moving * momentum + batch * (1 - momentum)`. To the gradient these are constants.
 */
export const FusedNormalize = 'FusedNormalize';

/**
 * `dy, x, gamma, stats -> dx, dgamma, dbeta`, of which `GradAttrs` names the wanted ones.
 *
 * Where the moments of the batch were handed out, `dmean` and `dspread` follow the inputs: the gradients of these,
 * with a value for each group. They count where the statistic centers. Where there is an activation, `beta` follows too.
 *
 * Where a sum was normalized, `x` is that sum, and `dsum` follows the inputs: what the sum's gradient gets beside
 * what comes through y. It is added to `dx`, which then is the whole gradient of the sum.
 */
export const FusedNormalizeGrad = 'FusedNormalizeGrad';

/**
 * `x, mean, variance, gamma, beta -> y`: with statistics that are given, `[params]` each. In the view
 * each parameter has a group. Where `scale` and `offset`, two more parameters, follow the inputs, the result is
 * `activation(...) * scale + offset`.
 */
export const FusedNormalizeGiven = 'FusedNormalizeGiven';

export type KernelName =
  typeof FusedNormalize | typeof FusedNormalizeGrad | typeof FusedNormalizeGiven;

/** The attributes of all kernels. */
export type NormalizeAttrs = {
  readonly view: NormView;
  readonly statistic: Statistic;
  readonly epsilon: number;
  /** Added to gamma. Defaults to 0. */
  readonly gammaOffset?: number;
  /** Is applied last. Defaults to null: nothing is. */
  readonly activation?: AnyActivation | null;
};

export type ForwardAttrs = NormalizeAttrs & {
  /** Whether a gradient will need `stats`. */
  readonly withStats: boolean;
  /** The shape in which `mean` and `spread` are handed out; null where nobody asks for them. */
  readonly momentsShape: readonly number[] | null;
  /** How much of the moving averages stays; 0 for the moments of the batch alone. */
  readonly momentum: number;
  /** By what the residual is multiplied. Defaults to null: there is no residual. */
  readonly alpha?: number | null;
  /** Whether there is a gate beside the residual. Defaults to false. */
  readonly gated?: boolean;
};

export type GradAttrs = NormalizeAttrs & {
  readonly wanted: {readonly dx: boolean; readonly dparams: boolean};
};

/** The attributes of each kernel. */
export type AttrsOf = {
  [FusedNormalize]: ForwardAttrs;
  [FusedNormalizeGrad]: GradAttrs;
  [FusedNormalizeGiven]: NormalizeAttrs;
};

export type Output = {readonly name: string; readonly shape: number[]};

/** The outputs of each kernel, in their order. */
export const OUTPUTS: {
  [Name in KernelName]: (attrs: AttrsOf[Name], xShape: number[]) => Output[];
} = {
  [FusedNormalize]: ({view, withStats, momentsShape, alpha}, xShape) => {
    const outputs = [{name: 'y', shape: xShape}];
    if (withStats) outputs.push({name: 'stats', shape: [groupCount(view), 2, 2]});
    if (alpha != null) outputs.push({name: 'sum', shape: xShape});
    if (momentsShape != null) {
      for (const name of ['mean', 'spread']) outputs.push({name, shape: [...momentsShape]});
    }
    return outputs;
  },
  [FusedNormalizeGrad]: ({view, wanted}, xShape) => {
    const outputs = wanted.dx ? [{name: 'dx', shape: xShape}] : [];
    if (wanted.dparams) {
      outputs.push({name: 'dgamma', shape: [countOf(view, 'gamma')]});
      outputs.push({name: 'dbeta', shape: [countOf(view, 'beta')]});
    }
    return outputs;
  },
  [FusedNormalizeGiven]: (_, xShape) => [{name: 'y', shape: xShape}],
};

/** tfjs types attributes as plain values only; it passes anything through. */
export const asAttrMap = (attrs: NormalizeAttrs): NamedAttrMap => attrs as unknown as NamedAttrMap;
