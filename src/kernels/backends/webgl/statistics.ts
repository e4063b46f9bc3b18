/** The statistics of each group: a texel `mean, rest, spread, rstd`. */
import {env, type Tensor} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {NormalizeAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import type {NormView} from '../../../view.js';
import {powerOf} from '../../gpu/formulas.js';
import type {Inputs} from '../../register.js';
import {float, launch} from './program.js';
import {
  across,
  BEGIN_ENTRIES,
  BEGIN_PART,
  partsOf,
  partUniforms,
  sumEntries,
  sumTexels,
} from './reduction.js';
import {replaceBySum} from './sum.js';
import {declare, decode, lanesOf, PER_GROUP, texelAt, texelInputs, texelView} from './texels.js';

/** One launch, or two where a group takes several parts; of `x`, or of its sum with `residual`. */
export function statistics(
  backend: MathBackendWebGL,
  {gate, ...inputs}: Inputs,
  attrs: NormalizeAttrs & {alpha?: number | null},
): Tensor {
  const {statistic, epsilon, alpha} = attrs;
  const view = texelView(attrs.view);
  const parts = partsOf(view, PER_GROUP);
  const uniforms = {
    ...partUniforms(view, parts),
    epsilon: float(epsilon),
    // Epsilon times its square must not overflow.
    largestScale: float(epsilon > 0 ? Math.min(1e15 / Math.sqrt(epsilon), 1e30) : 1e30),
  };
  const isWhole = parts.parts === 1;
  const first = launch(backend, {
    name: isWhole ? 'statistics' : 'statistics of parts',
    inputs: texelInputs(view, inputs),
    numbers: gate == null ? {} : {gate},
    uniforms: alpha == null ? uniforms : {...uniforms, alpha: float(alpha)},
    code:
      elements(view, statistic, {...inputs, ...(gate && {gate})}) +
      main(statistic, BEGIN_PART, isWhole ? groupTexel(statistic) : partTexel(statistic)),
    outputShape: [parts.outputs * parts.parts, 2, 2],
  });
  if (isWhole) return first;
  return launch(backend, {
    name: 'merged statistics',
    inputs: {x: first},
    uniforms,
    code: entries(statistic) + main(statistic, BEGIN_ENTRIES, groupTexel(statistic)),
    outputShape: [parts.outputs, 2, 2],
  });
}

/**
 * GLSL functions of the elements from `begin` to `end`: one of them; their mean's distance from it;
 * their number, and the means of `x - mean` and of its powers, scaled; the largest `|x - mean|`.
 */
function elements(view: NormView, statistic: Statistic, inputs: Inputs): string {
  const {kept} = PER_GROUP;
  const head = `${declare(view)} ${decode(view, kept, 'index / parts', false)}`;
  const read = `
    vec4 x = fetch(xTexture, at);
    ${inputs['residual'] == null ? '' : 'vec4 residual = fetch(residualTexture, at);'}
    ${replaceBySum(view, inputs)}`;
  const d = statistic.center ? '((x - mean) * scale)' : '(x * scale)';
  return `
    float someOf(int index, int begin, int end) {
      ${head} ${decode(view, PER_GROUP.summed, 'begin', true)}
      int at = ${texelAt(view)};
      ${read}
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
        int at = ${texelAt(view)};
        ${read}
        vec4 d = mix(vec4(0.0), abs(${statistic.center ? 'x - mean' : 'x'}), ${lanesOf(view, kept)});
        largest = max(largest, max(max(d.x, d.y), max(d.z, d.w)));
      }
      return largest;
    }`;
}

/** The same functions of the parts from `begin` to `end`, by Chan's formula. */
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
 * are taken again of scaled deviations. A NaN must come through, which `max` may drop.
 */
const main = ({center}: Statistic, begin: string, result: string) => `
  vec4 texel(int index) {
    ${begin}
    float mean = 0.0;
    ${
      center
        ? `float shift = someOf(index, begin, end);
           mean = shift + offsetFrom(shift, index, begin, end);
           mean = ${storedMean('mean')};`
        : ''
    }
    float scale = 1.0;
    vec3 powers = powersAt(mean, scale, index, begin, end);
    if (!(powers.z > 1e-30 && powers.z < 1e30)) {
      float largest = largestAt(mean, index, begin, end);
      if (largest > 0.0 && largest < 1e38) scale = min(exp2(-floor(log2(largest))), largestScale);
      powers = powersAt(mean, scale, index, begin, end);
    }
    float n = powers.x;
    float power = powers.z${center ? ' - powers.y * powers.y' : ''};
    if (power < 0.0) power = 0.0;
    float rest = ${center ? 'powers.y / scale' : '0.0'};
    ${result}
  }`;

/** GLSL: a part's texel `mean, rest, root of the mean power, count`, all in the range of x. */
const partTexel = ({power}: Statistic): string =>
  `return vec4(mean, rest, ${power === 2 ? 'sqrt(power)' : 'power'} / scale, n);`;

/** GLSL: a group's texel `mean, rest, spread, rstd`. A NaN must come through here too. */
function groupTexel({average, power}: Statistic): string {
  if (average) {
    return `
      float rstd = scale / sqrt(power + epsilon * scale * scale);
      return vec4(mean, rest, ${storedSpread('power / scale / scale')}, rstd);`;
  }
  return `
    float norm = ${power === 2 ? 'sqrt(power * count) / scale' : 'power * count / scale'};
    float rstd = norm == 0.0 ? 0.0 : 1.0 / (norm < epsilon ? epsilon : norm);
    return vec4(0.0, 0.0, ${storedSpread('norm')}, rstd);`;
}

/**
 * Whether textures are of half floats: 11 bits, and a range from 6e-8 to 65504. Phones have no
 * others, and `WEBGL_FORCE_F16_TEXTURES` asks for them. Within a program, numbers are float32.
 */
const isHalf = (): boolean => !env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');

/** GLSL: the mean as its texture holds it. */
const storedMean = (mean: string): string =>
  isHalf() ? `unpackHalf2x16(packHalf2x16(vec2(${mean}, 0.0))).x` : mean;

/** GLSL: the spread, or the largest that its texture holds. */
const storedSpread = (spread: string): string => (isHalf() ? `min(${spread}, 65504.0)` : spread);
