import type {Tensor} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {ForwardAttrs, FusedNormalize} from '../../contract.js';
import {movingAverage, sumOf, y} from '../../gpu/formulas.js';
import type {Inputs, Kernel} from '../../register.js';
import {declareLanes, float, halves, int, launch, launchElements} from './program.js';
import {statistics} from './statistics.js';
import {numberInputs, numberLanes, PER_PARAM, STATS, texelLanes, texelView} from './texels.js';

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
  const sum = attrs.alpha == null ? null : launchSum(backend, others, attrs);
  const x = sum ?? others['x'];
  const stats = statistics(backend, x, attrs);
  const result = launchElements(backend, {
    name: 'y',
    view,
    elements: {x},
    numbers: {gamma, beta},
    texels: {stats},
    functions: declareLanes(attrs.activation),
    code: `
      ${texelLanes(view, 'stats', STATS)}
      ${numberLanes(view, PER_PARAM.kept, ['gamma', 'beta'])}
      return ${y(attrs)};`,
  });
  return [
    result,
    ...(attrs.withStats ? [stats] : []),
    ...(sum == null ? [] : [sum]),
    ...moments(backend, stats, others, attrs),
  ];
};

function launchSum(
  backend: MathBackendWebGL,
  {x, residual, gate}: Inputs,
  attrs: ForwardAttrs,
): Tensor {
  const view = texelView(attrs.view);
  const numbers: Inputs = gate == null ? {} : {gate};
  return launchElements(backend, {
    name: 'sum',
    view,
    elements: {x, residual},
    numbers,
    texels: {},
    uniforms: {alpha: float(attrs.alpha!)},
    code: `
      ${numberLanes(view, PER_PARAM.kept, Object.keys(numbers))}
      return ${sumOf('alpha', gate != null)};`,
  });
}

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
  return halves(backend, both);
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
    inputs: {stats, ...numberInputs({moving})},
    uniforms: {groups: int(groups), momentum: float(momentum), share: float(1 - momentum)},
    code: `
      float average(int group) {
        if (group >= groups) return 0.0;
        float moment = fetch(statsTexture, group).${field};
        float moving = numberAt(movingTexture, group);
        return ${formula};
      }
      vec4 texel(int index) {
        return vec4(average(2 * index), average(2 * index + 1), 0.0, 0.0);
      }`,
    outputShape: [groups],
  });
}
