/** The activations as functions of GLSL or WGSL: `activate(z)` and its derivative `slope(z)`. */
import {type AnyActivation, LEAK} from '../../activation.js';
import {ERF} from '../erf.js';

/** A number as both languages write it. */
export const literal = (value: number): string =>
  Number.isInteger(value) ? `${value}.0` : String(value);

const polynomial = (coefficients: readonly number[], x: string): string =>
  coefficients.map(literal).reduceRight((sum, c) => `(${sum} * ${x} + ${c})`);

const IS_POSITIVE = '(1.0 - step(0.0, -z))';
const DENSITY = `(exp(-0.5 * z * z) * ${1 / Math.sqrt(2 * Math.PI)})`;

/** Expressions of `z` that read the same in both languages. */
const EXPRESSIONS: Readonly<Record<AnyActivation, {value: string; slope: string}>> = {
  relu: {value: 'max(z, 0.0)', slope: IS_POSITIVE},
  relu6: {value: 'clamp(z, 0.0, 6.0)', slope: `${IS_POSITIVE} * (1.0 - step(6.0, z))`},
  leakyRelu: {
    value: `max(z, 0.0) + ${LEAK} * min(z, 0.0)`,
    slope: `${LEAK} + ${literal(1 - LEAK)} * ${IS_POSITIVE}`,
  },
  silu: {value: 'z * sigmoidOf(z)', slope: 'sigmoidOf(z) * (1.0 + z * (1.0 - sigmoidOf(z)))'},
  gelu: {
    value: 'z * 0.5 * (1.0 + erfOf(z))',
    slope: `0.5 * (1.0 + erfOf(z)) + z * ${DENSITY}`,
  },
  sigmoid: {value: 'sigmoidOf(z)', slope: 'sigmoidOf(z) * (1.0 - sigmoidOf(z))'},
  // Some drivers give NaN for large arguments.
  tanh: {value: 'tanh(clamp(z, -15.0, 15.0))', slope: '1.0 - activate(z) * activate(z)'},
  erf: {value: 'erfAt(z)', slope: `exp(-z * z) * ${2 / Math.sqrt(Math.PI)}`},
};

/** The functions that the expressions call. */
const HELPERS: ReadonlyArray<readonly [name: string, expression: string]> = [
  // A larger argument would take exp beyond float32's range.
  ['sigmoidOf', '1.0 / (1.0 + exp(-clamp(z, -80.0, 80.0)))'],
  ['smallErf', `z * ${polynomial(ERF.small, '(z * z)')}`],
  ['largeErf', `sign(z) * (1.0 - exp(-${polynomial(ERF.large, 'clamp(abs(z), 1.0, 4.0)')}))`],
  ['erfAt', 'mix(smallErf(clamp(z, -1.0, 1.0)), largeErf(z), step(1.0, abs(z)))'],
  ['erfOf', `erfAt(z * ${Math.SQRT1_2})`],
];

/** A function of one number, or of four at once. */
export type Language = (name: string, expression: string) => string;

export const declareActivation = (
  activation: AnyActivation | null | undefined,
  declare: Language,
): string => {
  if (activation == null) return '';
  const {value, slope} = EXPRESSIONS[activation];
  return [...HELPERS, ['activate', value] as const, ['slope', slope] as const]
    .map(([name, expression]) => declare(name, expression))
    .join('\n');
};
