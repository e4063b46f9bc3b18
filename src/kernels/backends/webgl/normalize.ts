import type {Tensor} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {ForwardAttrs, FusedNormalize} from '../../contract.js';
import {movingAverage, y} from '../../gpu/formulas.js';
import type {Inputs, Kernel} from '../../register.js';
import {declareLanes, float, int, launch, launchElements, pieces} from './program.js';
import {SECOND, withSecond} from './second_result.js';
import {statistics} from './statistics.js';
import {replaceBySum} from './sum.js';
import {paramLanes, STATS, texelLanes, texelShape, texelView} from './texels.js';

/**
 * Two launches, or three where a group takes several parts, and one or two more where the moments
 * are asked for.
 */
export const normalize: Kernel<MathBackendWebGL, typeof FusedNormalize> = (
  backend,
  {gamma, beta, ...others},
  attrs,
) => {
  const view = texelView(attrs.view);
  const {x, residual, gate} = others;
  const added: Inputs = residual == null ? {} : {residual, ...(gate && {gate})};
  const stats = statistics(backend, {x, ...added}, attrs);
  const launchY = () =>
    launchElements(backend, {
      name: residual == null ? 'y' : 'y and sum',
      view,
      elements: {x, ...(residual && {residual})},
      numbers: {gamma, beta, ...(gate && {gate})},
      texels: {stats},
      uniforms: residual == null ? {} : {alpha: float(attrs.alpha!)},
      functions: declareLanes(attrs.activation),
      code: `
        ${texelLanes(view, 'stats', STATS)}
        ${paramLanes(view, ['gamma', 'beta'])}
        ${replaceBySum(view, added)}
        ${residual == null ? '' : `${SECOND} = x;`}
        return ${y(attrs)};`,
      hasSecond: residual != null,
    });
  const [result, ...sum] =
    residual == null ? [launchY()] : withSecond(backend, texelShape(view), launchY);
  const given = [...(attrs.withStats ? [stats] : []), ...sum];
  return [result, ...given, ...moments(backend, stats, others, attrs)];
};

/** The moments as they are handed out: those of the batch, or the moving averages behind it. */
function moments(
  backend: MathBackendWebGL,
  stats: Tensor,
  {movingMean, movingSpread}: Inputs,
  {momentsShape, momentum}: ForwardAttrs,
): Tensor[] {
  if (momentsShape == null) return [];
  const [groups] = stats.shape;
  if (momentum !== 0) {
    return [
      launchMovingAverage(backend, {stats, moving: movingMean}, 'x', momentum),
      launchMovingAverage(backend, {stats, moving: movingSpread}, 'z', momentum),
    ];
  }
  const both = launch(backend, {
    name: 'moments',
    inputs: {stats},
    uniforms: {groups: int(groups)},
    code: `float texel(int index) {
      vec4 s = fetch(statsTexture, index % groups);
      return index < groups ? s.x : s.z;
    }`,
    outputShape: [2 * groups],
    packedOutput: false,
  });
  return pieces(backend, both, [groups, groups]);
}

/** Each average is a packed texture, since the next step reads it, and inference too. */
function launchMovingAverage(
  backend: MathBackendWebGL,
  {stats, moving}: Record<'stats' | 'moving', Inputs[string]>,
  field: 'x' | 'z',
  momentum: number,
): Tensor {
  const [groups] = stats.shape;
  const formula = movingAverage('moment', 'momentum', 'share');
  return launch(backend, {
    name: 'moving average',
    inputs: {stats},
    numbers: {moving},
    uniforms: {groups: int(groups), momentum: float(momentum), share: float(1 - momentum)},
    code: `
      float average(int group) {
        if (group >= groups) return 0.0;
        float moment = fetch(statsTexture, group).${field};
        float moving = movingNumber(group);
        return ${formula};
      }
      vec4 texel(int index) {
        return vec4(average(2 * index), average(2 * index + 1), 0.0, 0.0);
      }`,
    outputShape: [groups],
  });
}
