/** The activations of single numbers, in double precision. */
import {type AnyActivation, LEAK} from '../../../activation.js';
import {ERF} from '../../erf.js';

type Term = (z: number) => number;

const polynomial = (coefficients: readonly number[], x: number): number =>
  coefficients.reduceRight((sum, c) => sum * x + c, 0);

function erf(x: number): number {
  const size = Math.min(Math.abs(x), 4);
  if (size < 1) return x * polynomial(ERF.small, x * x);
  return Math.sign(x) * (1 - Math.exp(-polynomial(ERF.large, size)));
}

const sigmoid: Term = z => 1 / (1 + Math.exp(-z));
const normalCdf: Term = z => (1 + erf(z * Math.SQRT1_2)) / 2;
const normalDensity: Term = z => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

const NONE = {value: (z: number) => z, slope: () => 1};

/** Each function and its derivative; `activation.ts` says what they are. */
const NUMBERS: Readonly<Record<AnyActivation, {value: Term; slope: Term}>> = {
  relu: {value: z => Math.max(z, 0), slope: z => (z > 0 ? 1 : 0)},
  relu6: {value: z => Math.min(Math.max(z, 0), 6), slope: z => (z > 0 && z < 6 ? 1 : 0)},
  leakyRelu: {value: z => (z > 0 ? z : LEAK * z), slope: z => (z > 0 ? 1 : LEAK)},
  silu: {value: z => z * sigmoid(z), slope: z => sigmoid(z) * (1 + z * (1 - sigmoid(z)))},
  gelu: {value: z => z * normalCdf(z), slope: z => normalCdf(z) + z * normalDensity(z)},
  sigmoid: {value: sigmoid, slope: z => sigmoid(z) * (1 - sigmoid(z))},
  tanh: {value: Math.tanh, slope: z => 1 - Math.tanh(z) ** 2},
  erf: {value: erf, slope: z => (2 * Math.exp(-z * z)) / Math.sqrt(Math.PI)},
};

export const activationOf = (activation: AnyActivation | null | undefined) =>
  activation == null ? NONE : NUMBERS[activation];
