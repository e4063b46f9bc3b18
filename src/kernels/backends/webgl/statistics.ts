/** The statistics of each group: a texel `mean, rest, spread, rstd`. */
import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {powerOf} from '../../gpu/formulas.js';
import {freeAfter} from '../../gpu/free.js';
import {heldSpread, storedOf} from './half.js';
import {
  across,
  BEGIN_ENTRIES,
  BEGIN_PART,
  partsOf,
  partUniforms,
  sumEntries,
  sumTexels,
} from './loops.js';
import {float, launch, type WebGLBackend} from './program.js';
import {declare, decode, lanesOf, PER_GROUP, texelAt, texelShape, texelView} from './texels.js';

export function statistics(
  backend: WebGLBackend,
  x: TensorInfo,
  attrs: NormalizeAttrs,
): TensorInfo {
  const {statistic, epsilon} = attrs;
  const view = texelView(attrs.view);
  const parts = partsOf(view, PER_GROUP);
  const uniforms = {
    ...partUniforms(view, parts),
    epsilon: float(epsilon),
    // Epsilon times its square must not overflow.
    largestScale: float(epsilon > 0 ? Math.min(1e15 / Math.sqrt(epsilon), 1e30) : 1e30),
  };
  const finish = finishOf(statistic);
  const first = launch(backend, {
    name: parts.parts > 1 ? 'statistics of parts' : 'statistics',
    inputs: {x: {...x, shape: texelShape(view)}},
    uniforms,
    code: `${storedOf()} ${elements(attrs)} ${main(
      statistic,
      BEGIN_PART,
      parts.parts > 1
        ? // Counts and roots: neither leaves the range of half precision where x is within.
          `return vec4(mean, rest, ${statistic.power === 2 ? 'sqrt(power) / scale' : 'power / scale'}, n);`
        : finish,
    )}`,
    outputShape: [parts.outputs * parts.parts, 2, 2],
  });
  if (parts.parts === 1) return first;
  return freeAfter(backend, first, x =>
    launch(backend, {
      name: 'merged statistics',
      inputs: {x},
      uniforms,
      code: `${storedOf()} ${entries(statistic)} ${main(statistic, BEGIN_ENTRIES, finish)}`,
      outputShape: [parts.outputs, 2, 2],
    }),
  );
}

/**
 * GLSL functions of the elements from `begin` to `end`: one of them; their mean's distance from it;
 * their number, and the means of `x - mean` and of its powers, scaled; the largest `|x - mean|`.
 */
function elements({view: attrView, statistic}: NormalizeAttrs): string {
  const view = texelView(attrView);
  const {kept} = PER_GROUP;
  const head = `${declare(view)} ${decode(view, kept, 'index / parts', false)}`;
  const read = 'vec4 x = fetch(xTexture, at);';
  const d = statistic.center ? '((x - mean) * scale)' : '(x * scale)';
  return `
    float someOf(int index, int begin, int end) {
      ${head} ${decode(view, PER_GROUP.summed, 'begin', true)}
      vec4 x = fetch(xTexture, ${texelAt(view)});
      bvec4 lanes = ${lanesOf(view, kept)};
      return lanes.x ? x.x : lanes.y ? x.y : lanes.z ? x.z : x.w;
    }
    float offsetFrom(float shift, int index, int begin, int end) {
      ${head} ${sumTexels(view, PER_GROUP, read, {offsets: '(x - shift)', ones: 'vec4(1.0)'})}
      return ${across('offsets')} / ${across('ones')};
    }
    vec3 powersAt(float mean, float scale, int index, int begin, int end) {
      ${head} ${sumTexels(view, PER_GROUP, read, {
        deviations: d,
        powers: powerOf(statistic, d),
        ones: 'vec4(1.0)',
      })}
      float n = ${across('ones')};
      return vec3(n, ${across('deviations')} / n, ${across('powers')} / n);
    }
    float largestAt(float mean, int index, int begin, int end) {
      ${head}
      float largest = 0.0;
      for (int t = begin; t < end; t++) {
        ${decode(view, PER_GROUP.summed, 't', true)}
        vec4 x = fetch(xTexture, ${texelAt(view)});
        vec4 d = mix(vec4(0.0), abs(${statistic.center ? 'x - mean' : 'x'}), ${lanesOf(view, kept)});
        largest = max(largest, max(max(d.x, d.y), max(d.z, d.w)));
      }
      return largest;
    }`;
}

/** The same functions of parts: `mean, rest, root of the mean power, count`. */
function entries({power}: Statistic): string {
  const read = 'vec4 p = fetch(xTexture, t); float n = p.w;';
  const d = '(((p.x - mean) + p.y) * scale)';
  const own = power === 2 ? '(p.z * scale) * (p.z * scale)' : 'p.z * scale';
  return `
    float someOf(int index, int begin, int end) { return fetch(xTexture, begin).x; }
    float offsetFrom(float shift, int index, int begin, int end) {
      ${sumEntries(read, {offsets: 'n * ((p.x - shift) + p.y)'})}
      return offsets / count;
    }
    vec3 powersAt(float mean, float scale, int index, int begin, int end) {
      ${sumEntries(read, {deviations: `n * ${d}`, powers: `n * (${own} + ${d} * ${d})`})}
      return vec3(count, deviations / count, powers / count);
    }
    float largestAt(float mean, int index, int begin, int end) {
      float largest = 0.0;
      for (int t = begin; t < end; t++) {
        vec4 p = fetch(xTexture, t);
        largest = max(largest, max(abs(p.x - mean), p.z));
      }
      return largest;
    }`;
}

/**
 * Two passes: the mean, as the distance from one of the elements; then the deviations from it as it
 * is stored, which have a mean of their own, `rest`. Where powers leave the range of float32, they
 * are taken again of scaled deviations.
 */
const main = ({center}: Statistic, begin: string, finish: string) => `
  vec4 texel(int index) {
    ${begin}
    float mean = 0.0;
    ${
      center
        ? `float shift = someOf(index, begin, end);
           mean = stored(shift + offsetFrom(shift, index, begin, end));`
        : ''
    }
    float scale = 1.0;
    vec3 powers = powersAt(mean, scale, index, begin, end);
    if (!(powers.z > 1e-30 && powers.z < 1e30)) {
      float largest = largestAt(mean, index, begin, end);
      if (largest > 0.0) scale = min(exp2(-floor(log2(largest))), largestScale);
      powers = powersAt(mean, scale, index, begin, end);
    }
    float n = powers.x;
    float power = powers.z${center ? ' - powers.y * powers.y' : ''};
    // Not max, which may drop NaN.
    if (power < 0.0) power = 0.0;
    float rest = ${center ? 'powers.y / scale' : '0.0'};
    ${finish}
  }`;

function finishOf({average, power}: Statistic): string {
  if (average) {
    return `
      float rstd = scale / sqrt(power + epsilon * scale * scale);
      return vec4(mean, rest, ${heldSpread('power / scale / scale')}, rstd);`;
  }
  return `
    float norm = ${power === 2 ? 'sqrt(power * count) / scale' : 'power * count / scale'};
    // Not max, which may drop NaN.
    float rstd = norm == 0.0 ? 0.0 : 1.0 / (norm < epsilon ? epsilon : norm);
    return vec4(0.0, 0.0, ${heldSpread('norm')}, rstd);`;
}
