/** The results of ops that go element by element, on sums of terms. */
import type {Step} from './expression.js';
import {Refused} from './refusal.js';
import {spreadOf} from './root.js';
import {plus, type Terms, times} from './terms.js';
import type {Known, Value} from './value.js';

export type Interpret = (known: Known, step: Step) => Value;

/** An op on the values of its data inputs. */
export const on =
  (f: (known: Known, ...values: Value[]) => Value): Interpret =>
  (known, {inputs}) =>
    f(known, ...inputs.map(input => known.value(input)));

/** An op that gives a sum of terms, element by element. */
export const elementwise = (f: (a: Terms, b: Terms) => Terms): Interpret =>
  on((known, a, b = a) => combined(known, a, b, f));

export function combined(
  known: Known,
  a: Value,
  b: Value,
  f: (a: Terms, b: Terms) => Terms,
): Value {
  const {space, shape} = known.together(a, b);
  const sums = [a, b].map(value => {
    const sum = sumOf(value);
    return space === 'outer' && value.space === 'param' ? sum.map(toOuter) : sum;
  });
  const outer = a.outer ?? b.outer;
  return {kind: 'terms', terms: f(sums[0], sums[1]), space, shape, outer};
}

const toOuter = ({coefficient, factors}: Terms[number]): Terms[number] => ({
  coefficient,
  factors: factors.map(factor => factor.replace(/^p/, 'o')),
});

function sumOf({kind, terms, floor}: Value): Terms {
  if (kind === 'terms') return terms;
  if (kind === 'divisor') throw new Refused('something is added to or multiplied with its root');
  if (kind === 'inverse') throw new Refused('the reciprocal of its variance has no root', true);
  // No variance is below 0. A floor that is not known yet must be 0 too.
  const {epsilon} = spreadOf(terms);
  if ((floor === 0 || floor === null) && (epsilon == null || epsilon >= 0)) return terms;
  throw new Refused('its variance has a floor');
}

export const add: Interpret = on((known, a, b) => {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ]) {
    if (one.kind !== 'divisor') continue;
    if (isNumber(other, 0)) return one;
    throw new Refused('epsilon is added outside of the root');
  }
  return combined(known, a, b, plus);
});

/** Whether it is this number, as far as is known. */
export const isNumber = ({kind, space, terms}: Value, number: number): boolean =>
  kind === 'terms' && space === 'constant' && (terms[0]?.coefficient ?? 0) === number;

export const squared = (known: Known, a: Value): Value => combined(known, a, a, times);
