/** Textures of half precision: 11 bits, and a range from 6e-8 to 65504. Registers are float32. */
import {env} from '@tensorflow/tfjs-core';

/** Phones have no others, and `WEBGL_FORCE_F16_TEXTURES` asks for them. */
const isHalf = (): boolean => !env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');

/** GLSL: a mean that its texture holds without rounding. */
export const storedOf = (): string =>
  `float stored(float v) { return ${isHalf() ? 'unpackHalf2x16(packHalf2x16(vec2(v, 0.0))).x' : 'v'}; }`;

/** GLSL: a spread as far as textures go. */
export const heldSpread = (spread: string): string =>
  isHalf() ? `min(${spread}, 65504.0)` : spread;
