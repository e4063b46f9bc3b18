/** Textures of half precision: 11 bits, and a range from 6e-8 to 65504. Registers are float32. */
import {env} from '@tensorflow/tfjs-core';
import type {Statistic} from '../../statistic.js';

/** Phones have no others, and `WEBGL_FORCE_F16_TEXTURES` asks for them. */
export const isHalf = (): boolean => !env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');

/** GLSL: a mean that its texture holds without rounding. */
export const storedOf = (): string =>
  `float stored(float v) { return ${isHalf() ? 'unpackHalf2x16(packHalf2x16(vec2(v, 0.0))).x' : 'v'}; }`;

/** GLSL: a spread as far as textures go. */
export const heldSpread = (spread: string): string =>
  isHalf() ? `min(${spread}, 65504.0)` : spread;

/**
 * The reciprocal of a long vector's norm is below the range. Where there is no mean, its place
 * takes the exponent.
 */
const hasExponent = ({center}: Statistic) => !center && isHalf();

/** GLSL: a group's texel, out of `mean`, `rest` and `rstd`. */
export const statsTexel = (statistic: Statistic, spread: string): string =>
  hasExponent(statistic)
    ? `float exponent = rstd > 0.0 ? floor(log2(rstd)) : 0.0;
       return vec4(0.0, exponent, ${heldSpread(spread)}, rstd * exp2(-exponent));`
    : `return vec4(mean, rest, ${heldSpread(spread)}, rstd);`;

/** GLSL: what a group's texel `s` has. */
export const statsOf = (statistic: Statistic) => ({
  mean: (s: string) => `${s}.x`,
  rest: (s: string) => `${s}.y`,
  rstd: (s: string) => (hasExponent(statistic) ? `(${s}.w * exp2(${s}.y))` : `${s}.w`),
});
