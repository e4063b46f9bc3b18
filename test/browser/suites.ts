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
const SECOND = /second.order/;
const FURTHER = /second.order|other outputs/;
const firstOrder = (cases: Case[]) => cases.filter(({name}) => !FURTHER.test(name));

// Two statistics that have nothing in common show what all have. The others differ from these by their
// formulas, for which some of the rows will do, as they do to show that our gradients have gradients.
const SOME = NORM_CASES.filter(({epsilon}, i) => i % 4 === 0 || epsilon != null);
const isOfSome = ({name}: Case) => SOME.some(row => name.endsWith(`: ${row.name}`));
const withSome = (cases: Case[]) => cases.filter(c => !/^(rms|l2): /.test(c.name) || isOfSome(c));
const further = (cases: Case[]) =>
  cases.filter(
    c =>
      FURTHER.test(c.name) &&
      (isOfSome(c)
        ? /^(moments|l1)/.test(c.name)
        : /^moments/.test(c.name) && !SECOND.test(c.name)),
  );

const conformance = withSome(conformanceCases(FLOAT32, ['fused']));
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
const whole = [...float32, ...further(conformance)];

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
    cases: float32,
  },
  'webgl, float16': {
    backend: 'webgl',
    flags: {...webgl, WEBGL_FORCE_F16_TEXTURES: true},
    cases: withSome(float16Cases),
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
