/** What runs in the browser, by the name of the suite: known to jest's process and to the page. */
import {type Case, FLOAT32, type Precision} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {numericsCases} from '../cases/numerics.js';

export type Suite = {backend: string; flags: Record<string, boolean>; cases: Case[]};

/**
 * Textures of half floats have 11 bits: what is stored is off by up to 5e-4 of itself, the largest of
 * a thousand normally distributed values by 4 times that of their root mean square, and each of
 * input, statistics and output is stored.
 */
const FLOAT16: Precision = {forward: 5e-3, gradient: 2e-2, secondOrder: 5e-2};

// Else tfjs's backends leave tensors of less than 128 elements to the CPU.
const webgl = {WEBGL_CPU_FORWARD: false};
const webgpu = {WEBGPU_CPU_FORWARD: false};

const float32 = [...conformanceCases(FLOAT32, ['fused']), ...numericsCases(FLOAT32)];

export const SUITES = {
  webgl: {backend: 'webgl', flags: webgl, cases: float32},
  'webgl, unpacked': {backend: 'webgl', flags: {...webgl, WEBGL_PACK: false}, cases: float32},
  'webgl, float16': {
    backend: 'webgl',
    flags: {...webgl, WEBGL_FORCE_F16_TEXTURES: true},
    cases: conformanceCases(FLOAT16, ['fused']),
  },
  webgpu: {backend: 'webgpu', flags: webgpu, cases: float32},
} satisfies Record<string, Suite>;

export type SuiteName = keyof typeof SUITES;
