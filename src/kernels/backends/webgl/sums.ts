/** The sums that the gradients need, as means: half precision holds these. */
import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import type {NormView} from '../../../view.js';
import {alongOf, dgammaOf, H} from '../../gpu/formulas.js';
import {freeAfter} from '../../gpu/free.js';
import {groupLanes, paramLanes, STATS} from './lanes.js';
import {
  across,
  BEGIN_ENTRIES,
  BEGIN_PART,
  partsOf,
  partUniforms,
  sumEntries,
  sumTexels,
} from './loops.js';
import {int, launch, type WebGLBackend} from './program.js';
import {declare, decode, PER_GROUP, PER_PARAM, type Reduction} from './texels.js';
import {texelShape, texelView} from './texels.js';

type Inputs = Record<string, TensorInfo>;

/**
 * Of each group a texel with the means of `dy * gamma` and of `dy * gamma * xhat`. A norm's xhat is
 * tiny in long groups, so there it is the sum, as the mean of what is `count` times as large.
 */
export function groupSums(
  backend: WebGLBackend,
  {dy, x, gamma, stats}: Inputs,
  {view: attrView, statistic}: NormalizeAttrs,
): TensorInfo {
  const view = texelView(attrView);
  const parts = partsOf(view, PER_GROUP);
  const shape = texelShape(view);
  const params = paramLanes(view, ['gamma']);
  const first = launch(backend, {
    name: parts.parts > 1 ? 'group sums of parts' : 'group sums',
    inputs: {
      dy: {...dy, shape},
      x: {...x, shape},
      gamma: {...gamma, shape: [1, 1, gamma.shape[0]]},
      stats,
    },
    uniforms: partUniforms(view, parts),
    code: sumsOf(
      view,
      PER_GROUP,
      `vec4 s = fetch(statsTexture, index / parts);
       float mean = s.x; float rest = s.y; float rstd = s.w;`,
      params,
      [H, statistic.average ? alongOf(statistic) : `${alongOf(statistic)} * count`],
    ),
    outputShape: [parts.outputs * parts.parts, 2, 2],
  });
  if (parts.parts === 1) return first;
  return freeAfter(backend, first, x =>
    launch(backend, {
      name: 'merged group sums',
      inputs: {x},
      uniforms: partUniforms(view, parts),
      code: `vec4 texel(int index) { ${BEGIN_ENTRIES} ${merge} return vec4(first, second, 0.0, 0.0) / count; }`,
      outputShape: [parts.outputs, 2, 2],
    }),
  );
}

/** `[2, params]`: dgamma and dbeta. Not packed, where tfjs slices without a launch. */
export function paramSums(
  backend: WebGLBackend,
  {dy, x, stats}: Inputs,
  {view: attrView, statistic}: NormalizeAttrs,
): [TensorInfo] {
  const view = texelView(attrView);
  const parts = partsOf(view, PER_PARAM);
  const shape = texelShape(view);
  const first = launch(backend, {
    name: 'parameter sums of parts',
    inputs: {dy: {...dy, shape}, x: {...x, shape}, stats},
    uniforms: partUniforms(view, parts),
    code: sumsOf(view, PER_PARAM, '', groupLanes(view, 'stats', STATS), [
      dgammaOf(statistic),
      'dy',
    ]),
    outputShape: [parts.outputs * parts.parts, 2, 2],
  });
  const sums = freeAfter(backend, first, x =>
    launch(backend, {
      name: 'parameter sums',
      inputs: {x},
      uniforms: {...partUniforms(view, parts), params: int(parts.outputs)},
      code: finishParams,
      outputShape: [2, parts.outputs],
      packedOutput: false,
    }),
  );
  return [sums];
}

/** GLSL: a texel with the means of two terms over a part, and their number. */
const sumsOf = (
  view: NormView,
  reduction: Reduction,
  before: string,
  gathered: string,
  [first, second]: string[],
) => `
  vec4 texel(int index) {
    ${declare(view)} ${decode(view, reduction.kept, 'index / parts', false)}
    ${BEGIN_PART}
    ${before}
    ${sumTexels(
      view,
      reduction,
      `vec4 dy = fetch(dyTexture, at); vec4 x = fetch(xTexture, at); ${gathered}`,
      {first, second, ones: 'vec4(1.0)'},
    )}
    float n = ${across('ones')};
    return vec4(${across('first')} / n, ${across('second')} / n, n, 0.0);
  }`;

/** GLSL: the two sums over the parts. */
const merge = sumEntries('vec4 p = fetch(xTexture, t);', {
  first: 'p.z * p.x',
  second: 'p.z * p.y',
});

// A row of dgamma, a row of dbeta.
const finishParams = `
  float texel(int index) {
    int p = index % params;
    int begin = p * parts; int end = begin + parts;
    ${merge}
    return index < params ? first : second;
  }`;
