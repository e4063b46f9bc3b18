/** The sums that the gradients need, as means: textures of half floats hold these. */
import type {Tensor} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {GradAttrs} from '../../contract.js';
import type {NormView} from '../../../view.js';
import {arraysOf, dgammaTerm, dz} from '../../gpu/formulas.js';
import {type Inputs, picked} from '../../register.js';
import {declareLanes, halves, int, launch} from './program.js';
import {
  across,
  BEGIN_ENTRIES,
  BEGIN_PART,
  partsOf,
  partUniforms,
  sumEntries,
  sumTexels,
} from './reduction.js';
import {
  declare,
  decode,
  numberInputs,
  numberLanes,
  PER_GROUP,
  PER_PARAM,
  type Reduction,
  STATS,
  texelInputs,
  texelLanes,
  texelView,
} from './texels.js';

/** GLSL expressions of an element, of which the first has its xhat as a factor. */
export type Terms = readonly [string, string];

/**
 * GLSL: both sums over the parts, of which each has its number of elements beside its means. A
 * single part may have more of them than a half float can count.
 */
const SUM_ENTRIES = sumEntries(
  'vec4 p = fetch(meansTexture, t); float n = parts == 1 ? count : p.z;',
  {first: 'n * p.x', second: 'n * p.y'},
);

/**
 * A texel for each group with the means of both terms. The xhat of a norm is tiny in long groups,
 * so there the first is the sum instead: the mean of a term that is `count` times as large.
 */
export function groupSums(
  backend: MathBackendWebGL,
  inputs: Inputs,
  attrs: GradAttrs,
  [first, second]: Terms,
): Tensor {
  const view = texelView(attrs.view);
  const parts = partsOf(view, PER_GROUP);
  const name = parts.parts > 1 ? 'group sums of parts' : 'group sums';
  const terms: Terms = [attrs.statistic.average ? first : `${first} * count`, second];
  const means = launchParts(backend, name, inputs, view, PER_GROUP, terms, attrs);
  if (parts.parts === 1) return means;
  return launch(backend, {
    name: 'merged group sums',
    inputs: {means},
    uniforms: partUniforms(view, parts),
    code: `vec4 texel(int index) {
      ${BEGIN_ENTRIES} ${SUM_ENTRIES}
      return vec4(first, second, 0.0, 0.0) / count;
    }`,
    outputShape: [parts.outputs, 2, 2],
  });
}

/** `dgamma` and `dbeta`, from `groupSums` where these have the means of their terms. */
export function paramGrads(
  backend: MathBackendWebGL,
  inputs: Inputs,
  attrs: GradAttrs,
  groupSums: Tensor | null,
): Tensor[] {
  const view = texelView(attrs.view);
  const parts =
    groupSums == null ? partsOf(view, PER_PARAM) : {...partsOf(view, PER_GROUP), parts: 1};
  const terms: Terms = [dgammaTerm(attrs), dz(attrs)];
  const name = 'parameter sums of parts';
  const arrays = picked(inputs, arraysOf(attrs, false));
  const means = groupSums ?? launchParts(backend, name, arrays, view, PER_PARAM, terms, attrs);
  const isSum = groupSums != null && !attrs.statistic.average;
  const both = launch(backend, {
    name: 'parameter sums',
    inputs: {means},
    uniforms: {...partUniforms(view, parts), params: int(parts.outputs)},
    code: `float texel(int index) {
      int param = index % params;
      int begin = param * parts; int end = begin + parts;
      ${SUM_ENTRIES}
      return index < params ? ${isSum ? 'first / count' : 'first'} : second;
    }`,
    outputShape: [2 * parts.outputs],
    packedOutput: false,
  });
  return halves(backend, both);
}

/** A texel for each part with the means of both terms and the number of elements. */
function launchParts(
  backend: MathBackendWebGL,
  name: string,
  {dy, x, stats, ...params}: Inputs,
  view: NormView,
  reduction: Reduction,
  [first, second]: Terms,
  {activation}: GradAttrs,
): Tensor {
  const parts = partsOf(view, reduction);
  const isGroup = reduction === PER_GROUP;
  const fields = Object.entries(STATS).map(([name, of]) => `float ${name} = ${of('s')};`);
  return launch(backend, {
    name,
    inputs: {...texelInputs(view, {dy, x}), stats, ...numberInputs(params)},
    uniforms: partUniforms(view, parts),
    code: `${declareLanes(activation)}
    vec4 texel(int index) {
      ${declare(view)} ${decode(view, reduction.kept, 'index / parts', false)}
      ${BEGIN_PART}
      ${isGroup ? `vec4 s = fetch(statsTexture, index / parts); ${fields.join(' ')}` : ''}
      ${sumTexels(
        view,
        reduction,
        `vec4 dy = fetch(dyTexture, at); vec4 x = fetch(xTexture, at);
        ${isGroup ? '' : texelLanes(view, 'stats', STATS)}
        ${numberLanes(view, PER_PARAM.kept, Object.keys(params))}`,
        {first, second, ones: 'vec4(1.0)'},
      )}
      float n = ${across('ones')};
      return vec4(${across('first')} / n, ${across('second')} / n, n, 0.0);
    }`,
    outputShape: [parts.outputs * parts.parts, 2, 2],
  });
}
