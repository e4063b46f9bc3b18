/** The activations and their slopes in double precision. */
import type {Activation} from '../src/activation.js';

type Term = (z: number) => number;

/** The error function by a series whose terms have one sign, so that none cancels another. */
export function erf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return Math.abs(x) > 6 ? Math.sign(x) : (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const sigmoid: Term = z => 1 / (1 + Math.exp(-z));
const cdf: Term = z => (1 + erf(z / Math.SQRT2)) / 2;

const VALUES: Record<Activation, Term> = {
  relu: z => Math.max(z, 0),
  relu6: z => Math.min(Math.max(z, 0), 6),
  leakyRelu: z => (z < 0 ? 0.2 * z : z),
  silu: z => z * sigmoid(z),
  gelu: z => z * cdf(z),
  sigmoid,
  tanh: Math.tanh,
};

const STEP = 1e-5;

/** The slope is a central difference: its error is of the order of 1e-10. */
export function activation64(name: Activation | null | undefined): {value: Term; slope: Term} {
  if (name == null) return {value: z => z, slope: () => 1};
  const value = VALUES[name];
  return {value, slope: z => (value(z + STEP) - value(z - STEP)) / (2 * STEP)};
}
