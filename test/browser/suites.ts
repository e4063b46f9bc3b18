/** The suites of the browser by their names: known to jest's process and to the page. */
import {acceleratedCases} from '../cases/accelerated.js';
import {addNormCases} from '../cases/add_norms.js';
import {type Case, FLOAT32} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {determinismCases} from '../cases/determinism.js';
import {emptyCases} from '../cases/empty.js';
import {fuzzCase} from '../cases/fuzz.js';
import {givenCases} from '../cases/given.js';
import {goldenCases} from '../cases/golden.js';
import {newerNormCases} from '../cases/newer_norms.js';
import {numericsCases} from '../cases/numerics.js';
import {powerNormCases} from '../cases/power_norm.js';
import {varyingParamsCases} from '../cases/varying_params.js';
import {weightNormalizationCases} from '../cases/weight_normalization.js';
import {graphCases} from '../graph/golden_graphs.js';
import {NORM_CASES} from '../norm_cases.js';
import {float16Cases} from './float16.js';
import {ifMasked} from './right_cast.js';
import {webglCases} from './webgl_cases.js';
import {webgpuCases} from './webgpu_cases.js';

export type Suite = {backend: string; flags: Record<string, boolean>; cases: Case[]};

// Else tfjs's backends leave tensors of less than 128 elements to the CPU.
const webgl = {WEBGL_CPU_FORWARD: false};
const webgpu = {WEBGPU_CPU_FORWARD: false};

// tfjs's own ops make gradients of gradients, and a GPU compiles a program for each of these ops.
const FURTHER = /second.order|other outputs/;
const firstOrder = (cases: Case[]) => cases.filter(({name}) => !FURTHER.test(name));

/** For each statistic named, the cases of every nth row of the table, and of those with an epsilon. */
const withRows = (cases: Case[], nth: Record<string, number>) => {
  const rowsOf = (n: number) =>
    NORM_CASES.filter(({epsilon}, i) => i % n === 0 || epsilon != null).map(row => `: ${row.name}`);
  return cases.filter(({name}) => {
    const n = nth[name.split(':')[0]];
    return n == null || rowsOf(n).some(row => name.endsWith(row));
  });
};

// The statistics differ by their formulas, and the rows by all else: two statistics that have nothing in
// common take more rows than the others.
const conformance = withRows(conformanceCases(FLOAT32, ['fused']), {l1: 2, rms: 8, l2: 8});
/** Where only the textures differ. */
const FEWER = {moments: 4, l1: 4, rms: 8, l2: 8};
const float32 = firstOrder([
  ...conformance,
  ...givenCases(FLOAT32),
  ...numericsCases(FLOAT32),
  ...emptyCases,
  ...varyingParamsCases,
  ...addNormCases,
  ...newerNormCases,
  ...weightNormalizationCases,
  ...acceleratedCases(FLOAT32),
]);
// The reference makes gradients of gradients for all rows alike, where kernels hand outputs to tf ops.
const further = (what: RegExp, nth: Record<string, number>) =>
  withRows(
    conformance.filter(({name}) => what.test(name) && name.split(':')[0] in nth),
    nth,
  );
const whole = [
  ...float32,
  ...further(/other outputs/, {moments: 1, l1: 4}),
  ...further(/second order/, {moments: 16, l1: 16}),
];

// The values of other frameworks, and the port of what none of them has.
const golden = [...firstOrder(goldenCases()), ...powerNormCases(FLOAT32.forward)];

// tfjs's own recurrent layers compute nothing right there under a mask.
const goldenOnWebGPU = golden.map(ifMasked);

/** Few, as a GPU compiles programs for each: `npm run fuzz` runs many more on the processor. */
const fuzz = Array.from({length: 25}, (_, seed) => fuzzCase(seed));

/** On a GPU the same bits are promised in every run of one batch. */
const repeated = determinismCases().filter(({name}) =>
  /^moments: (rows of 33|group norm, channels last|layer norm over channels first) .* run$/.test(
    name,
  ),
);

export const SUITES = {
  webgl: {backend: 'webgl', flags: webgl, cases: [...whole, ...fuzz, ...repeated, ...webglCases]},
  'webgl, golden': {backend: 'webgl', flags: webgl, cases: [...golden, ...graphCases]},
  'webgl, unpacked': {
    backend: 'webgl',
    flags: {...webgl, WEBGL_PACK: false},
    cases: withRows(float32, FEWER),
  },
  'webgl, float16': {
    backend: 'webgl',
    flags: {...webgl, WEBGL_FORCE_F16_TEXTURES: true},
    cases: withRows(float16Cases, FEWER),
  },
  webgpu: {
    backend: 'webgpu',
    flags: webgpu,
    cases: [...whole, ...fuzz, ...repeated, ...webgpuCases],
  },
  'webgpu, golden': {backend: 'webgpu', flags: webgpu, cases: goldenOnWebGPU},
  // GraphModels read their shapes at once, which tfjs can do there of what it computes on the CPU alone.
  'webgpu, graphs': {backend: 'webgpu', flags: {}, cases: graphCases},
} satisfies Record<string, Suite>;

export type SuiteName = keyof typeof SUITES;
