/** What runs in the browser, by the name of the suite: known to jest's process and to the page. */
import {type Case, FLOAT32} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {goldenCases, onnxCases} from '../cases/golden.js';
import {numericsCases} from '../cases/numerics.js';
import {powerNormCases} from '../cases/power_norm.js';
import {trainingCases} from '../cases/training.js';
import {float16Cases} from './float16.js';
import {webglCases} from './webgl_cases.js';
import {webgpuCases} from './webgpu_cases.js';

export type Suite = {backend: string; flags: Record<string, boolean>; cases: Case[]};

// Else tfjs's backends leave tensors of less than 128 elements to the CPU.
const webgl = {WEBGL_CPU_FORWARD: false, WEBGL_USE_SHAPES_UNIFORMS: true};
const webgpu = {WEBGPU_CPU_FORWARD: false};

const float32 = [
  ...conformanceCases(FLOAT32, ['fused']),
  ...numericsCases(FLOAT32),
  ...trainingCases,
];

const extra = [...powerNormCases(FLOAT32.forward), ...goldenCases, ...onnxCases];

export const SUITES = {
  webgl: {backend: 'webgl', flags: webgl, cases: [...extra]},
  'webgl, unpacked': {backend: 'webgl', flags: {...webgl, WEBGL_PACK: false}, cases: float32},
  'webgl, float16': {
    backend: 'webgl',
    flags: {...webgl, WEBGL_FORCE_F16_TEXTURES: true},
    cases: float16Cases,
  },
  webgpu: {
    backend: 'webgpu',
    flags: webgpu,
    cases: [...extra],
  },
  // As it comes: what is small and not on the GPU yet is computed on the CPU.
  'webgpu, small': {backend: 'webgpu', flags: {}, cases: conformanceCases(FLOAT32, ['fused'])},
} satisfies Record<string, Suite>;

export type SuiteName = keyof typeof SUITES;
