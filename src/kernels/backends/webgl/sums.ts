/** The sums that the gradients need, as means: textures of half floats hold these. */
import type {Tensor} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {GradAttrs} from '../../contract.js';
import {countOf, type NormView, type ParamName, varies} from '../../../view.js';
import {arraysOf, dgammaTerm, dz} from '../../gpu/formulas.js';
import {type Inputs, picked} from '../../register.js';
import {declareLanes, int, launch, pieces} from './program.js';
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
  flatIndex,
  paramLanes,
  PER_GROUP,
  PER_PARAM,
  type Picks,
  type Reduction,
  STATS,
  texelInputs,
  texelLanes,
  texelView,
} from './texels.js';

/** GLSL expressions of an element, of which the first has its xhat as a factor. */
export type Terms = readonly [string, string];

/**
 * GLSL: the means `p` of a part and its number of elements `n`, which is beside the means. A single part may have more
 * of them than a half float can count.
 */
const readPart = (at: string) =>
  `vec4 p = fetch(meansTexture, ${at}); float n = parts == 1 ? count : p.z;`;

const SUM_ENTRIES = sumEntries(readPart('t'), {first: 'n * p.x', second: 'n * p.y'});

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
  const sizes = [countOf(view, 'gamma'), countOf(view, 'beta')];
  const isSum = groupSums != null && !attrs.statistic.average;
  const both = launch(backend, {
    name: 'parameter sums',
    inputs: {means},
    uniforms: {...partUniforms(view, parts), gammas: int(sizes[0])},
    code: `
      ${sumOfParts(view, 'gamma', `n * p.x${isSum ? ' / count' : ''}`)}
      ${sumOfParts(view, 'beta', 'n * p.y')}
      float texel(int index) {
        return index < gammas ? gammaSum(index) : betaSum(index - gammas);
      }`,
    outputShape: [sizes[0] + sizes[1]],
    packedOutput: false,
  });
  return pieces(backend, both, sizes);
}

/** GLSL: a term's sum over all parts of all those that share a value of a parameter. */
function sumOfParts(view: NormView, name: ParamName, term: string): string {
  const shared: Picks = axis => axis.param && !varies(axis, name);
  const count = view.flatMap((axis, i) => (shared(axis) ? [`sizes[${i}]`] : []));
  const part = `(${flatIndex(view, PER_PARAM.kept)}) * parts + t % parts`;
  return `float ${name}Sum(int index) {
    ${declare(view)} ${decode(view, axis => varies(axis, name), 'index', false)}
    int begin = 0; int end = ${['parts', ...count].join(' * ')};
    ${sumEntries(`${decode(view, shared, 't / parts', false)} ${readPart(part)}`, {sum: term})}
    return sum;
  }`;
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
    inputs: {...texelInputs(view, {dy, x}), stats},
    numbers: params,
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
        ${paramLanes(view, Object.keys(params))}`,
        {first, second, ones: 'vec4(1.0)'},
      )}
      float n = ${across('ones')};
      return vec4(${across('first')} / n, ${across('second')} / n, n, 0.0);
    }`,
    outputShape: [parts.outputs * parts.parts, 2, 2],
  });
}
