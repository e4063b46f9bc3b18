/** The results of ops on roots, on quotients by them, and on their limits. */
import {combined, type Interpret, isNumber, on, squared} from './elementwise.js';
import {Refused} from './refusal.js';
import {atRoot, pureRoot, rootOf, scaledRoot, withFloor} from './root.js';
import {broadcast} from './shapes.js';
import {constantTerm, times} from './terms.js';
import type {Known, Value} from './value.js';

export const divide = (known: Known, a: Value, b: Value, zeroAtZero = false): Value => {
  if (b.kind === 'divisor' && a.kind === 'terms') {
    return combined(known, a, atRoot(known, b, zeroAtZero), times);
  }
  const [term] = b.terms;
  if (b.kind !== 'terms' || b.space !== 'constant' || term == null) {
    if (!zeroAtZero && isNumber(a, 1)) return {...reciprocal(known, b), shape: both(a, b)};
    throw new Refused(
      b.space === 'param'
        ? 'it is divided by a number that is not known before it runs'
        : 'it is divided by what is no root',
      true,
    );
  }
  const {coefficient} = term;
  const inverse = constantTerm(coefficient == null ? null : 1 / coefficient);
  return multiply(known, a, {...b, terms: inverse});
};

const both = (a: Value, b: Value): Value['shape'] => broadcast(a.shape, b.shape);

/** A product. A divisor and a floor stay such when they are multiplied by a number above 0. */
export const multiply = (known: Known, a: Value, b: Value): Value => {
  const [value, factor] = a.kind === 'terms' ? [b, a] : [a, b];
  const coefficient = factor.terms[0]?.coefficient;
  const isPositive = coefficient === null || coefficient > 0;
  if (value.kind === 'terms' || factor.space !== 'constant' || !isPositive) {
    return combined(known, a, b, times);
  }
  const shape = both(a, b);
  if (value.kind === 'divisor') {
    return {...value, shape, root: scaledRoot(known, value.root!, coefficient)};
  }
  if (value.kind === 'inverse')
    throw new Refused('it is multiplied with the reciprocal of its variance', true);
  const {floor, terms} = value;
  const least = floor === 0 ? 0 : floor == null || coefficient == null ? null : floor * coefficient;
  return {...value, shape, terms: times(terms, factor.terms), floor: least};
};

export const sqrt = (known: Known, a: Value): Value => {
  const {shape} = a;
  const divisor = {
    kind: 'divisor',
    terms: [],
    shape,
    space: 'group',
    root: rootOf(known, a),
  } as const;
  return a.kind === 'inverse' ? atRoot(known, divisor) : divisor;
};

export const reciprocal = (known: Known, a: Value): Value => {
  if (a.kind === 'divisor') return atRoot(known, a);
  if (a.kind === 'inverse') return {...a, kind: a.floor === undefined ? 'terms' : 'floor'};
  const root = pureRoot(a);
  if (root != null) return {...a, kind: 'divisor', terms: [], root};
  if (a.space === 'group') return {...a, kind: 'inverse'};
  throw new Refused('it has the reciprocal of what is no root', true);
};

export const rsqrt = (known: Known, a: Value): Value => reciprocal(known, sqrt(known, a));

export const maximum: Interpret = on((known, a, b) => {
  const [value, limit] = a.space === 'constant' ? [b, a] : [a, b];
  if (limit.space !== 'constant' || limit.kind !== 'terms') {
    throw new Refused('its floor is no constant', true);
  }
  if (value.space !== 'group' || ['floor', 'inverse'].includes(value.kind)) {
    throw new Refused('it has a floor', true);
  }
  const floor = limit.terms.length === 0 ? 0 : limit.terms[0].coefficient;
  const shape = broadcast(value.shape, limit.shape);
  if (value.kind === 'terms') return {...value, shape, kind: 'floor', floor};
  return {...value, shape, root: withFloor(known, value.root!, floor)};
});

/** A root of which this is the least is the reciprocal of a divisor that has a floor. */
export const minimum: Interpret = on((known, a, b) => {
  const [value, limit] = a.space === 'constant' ? [b, a] : [a, b];
  const [term] = value.terms;
  const isRoot = value.space === 'group' && value.terms.length === 1 && term.coefficient === 1;
  const [factor, ...others] = term?.factors ?? [];
  if (!isRoot || others.length > 0 || !factor?.startsWith('r') || limit.terms.length !== 1) {
    throw new Refused('it has a limit', true);
  }
  const [{coefficient}] = limit.terms;
  if (limit.space !== 'constant' || (coefficient != null && coefficient <= 0)) {
    throw new Refused('its limit is no constant, or not above 0', true);
  }
  const least = coefficient == null ? null : 1 / coefficient;
  const shape = broadcast(value.shape, limit.shape);
  return atRoot(known, {...value, shape, root: withFloor(known, Number(factor.slice(1)), least)});
});

export const pow: Interpret = on((known, a, exponent) => {
  if (exponent.space !== 'constant') throw new Refused('its exponent is no constant', true);
  const [{coefficient} = {coefficient: 0}] = exponent.terms;
  // Nothing but a square stands where the elements are; of the groups' it may be any.
  if (coefficient === 2 || (coefficient == null && a.space === 'x')) return squared(known, a);
  if (coefficient === 0.5) return sqrt(known, a);
  if (coefficient === -0.5) return rsqrt(known, a);
  if (coefficient === -1) return reciprocal(known, a);
  throw new Refused(
    coefficient == null
      ? 'the exponent of its Pow is among weights that are not known while it is read'
      : `it has the power ${coefficient}`,
  );
});
