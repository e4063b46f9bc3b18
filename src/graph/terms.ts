/**
 * Sums of products, in which every expression is written out, so that one normalization is one sum in
 * whatever order its author has multiplied and subtracted: `(x - m) * r` and `x * r - m * r` alike.
 */
import {Refused} from './refusal.js';

/** A number; null where it is among the weights, which are not known yet. */
export type Coefficient = number | null;

/**
 * Factors, in order:
 *
 *     x    the input                      m    its mean over the axes        q    its mean square
 *     r0   the first reciprocal root      p3   the leaf 3, whatever it is
 *
 * `c3` is leaf 3 along the second axis of `x`, and `o3` is leaf 3 beside what was reshaped.
 */
export type Term = {readonly coefficient: Coefficient; readonly factors: readonly string[]};
export type Terms = readonly Term[];

/** More than any normalization has. */
const MOST = 16;

export const constantTerm = (coefficient: Coefficient): Terms =>
  coefficient === 0 ? [] : [{coefficient, factors: []}];
export const factorTerm = (factor: string, coefficient: Coefficient = 1): Terms => [
  {coefficient, factors: [factor]},
];

export function plus(...sums: Terms[]): Terms {
  const all = new Map<string, Term>();
  for (const term of sums.flat()) {
    const key = term.factors.join('*');
    const {coefficient = 0} = all.get(key) ?? {};
    all.set(key, {...term, coefficient: both(coefficient, term.coefficient, (a, b) => a + b)});
  }
  const terms = [...all.values()].filter(({coefficient}) => coefficient !== 0);
  if (terms.length > MOST) throw new Refused('it is a sum of too many terms', true);
  return terms;
}

export const times = (a: Terms, b: Terms): Terms =>
  plus(
    ...a.map(p =>
      b.map(q => ({
        coefficient: both(p.coefficient, q.coefficient, (c, d) => snapped(c * d)),
        factors: [...p.factors, ...q.factors].sort(),
      })),
    ),
  );

export const negative = (a: Terms): Terms => times(constantTerm(-1), a);
export const minus = (a: Terms, b: Terms): Terms => plus(a, negative(b));

/** How many of the factors are this one. */
export const power = ({factors}: Term, factor: string): number =>
  factors.filter(name => name === factor).length;

/** Whether the coefficients are the same as far as they are known. */
export const areSame = (a: Coefficient, b: Coefficient): boolean =>
  a == null || b == null || Math.abs(a - b) <= ROUNDING * Math.abs(b);

const both = (a: Coefficient, b: Coefficient, f: (a: number, b: number) => number): Coefficient =>
  a == null || b == null ? null : f(a, b);

/** A few of float32's last digits. */
const ROUNDING = 5e-7;

/** A sum of n elements times 1/n is their mean, though float32 has no third. */
function snapped(value: number): number {
  const whole = Math.round(value);
  return whole !== 0 && Math.abs(value - whole) <= ROUNDING * Math.abs(whole) ? whole : value;
}
