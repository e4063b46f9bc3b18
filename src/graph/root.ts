/** Reciprocal roots of what is a variance or a mean square. */
import {Refused} from './refusal.js';
import {areSame, type Coefficient, factorTerm, type Terms} from './terms.js';
import type {Known, Root, Value} from './value.js';

/** The root of a value: its place among the roots. */
export function rootOf(known: Known, {kind, terms, floor, space}: Value): number {
  if (kind === 'divisor' || space !== 'group') throw new Refused(NO_SPREAD, true);
  return rootAt(known, {
    ...spreadOf(terms),
    floor: floor === undefined ? null : {value: floor},
    rootFloor: null,
    zeroAtZero: false,
  });
}

/** The root that a value is, or that it is the reciprocal of. */
export function rootIn({roots}: Known, value: Value): Root {
  const at = value.kind === 'divisor' ? value.root! : pureRoot(value);
  if (at == null) throw new Refused(NO_SPREAD, true);
  return roots[at];
}

/** The reciprocal root that a value is; null if it is another one, or more than that. */
export function pureRoot({kind, space, terms}: Value): number | null {
  const [term] = terms;
  const isOne = kind === 'terms' && space === 'group' && terms.length === 1;
  if (!isOne || term.coefficient !== 1 || term.factors.length !== 1) return null;
  const [factor] = term.factors;
  return factor.startsWith('r') ? Number(factor.slice(1)) : null;
}

/** A divisor times a number above 0: `c * sqrt(v)` is the root of `c * c * v`. */
export function scaledRoot(known: Known, root: number, factor: Coefficient): number {
  const {scale, epsilon, floor, rootFloor, ...others} = known.roots[root];
  const times = (value: Coefficient, by: Coefficient) =>
    value == null || by == null ? null : value * by;
  const square = times(factor, factor);
  return rootAt(known, {
    ...others,
    scale: times(scale, square),
    epsilon: epsilon === 0 ? 0 : times(epsilon, square),
    floor: floor && {value: times(floor.value, square)},
    rootFloor: rootFloor && {value: times(rootFloor.value, factor)},
  });
}

/** Reads a sum as `scale * spread + epsilon`. */
export function spreadOf(terms: Terms): Pick<Root, 'center' | 'scale' | 'epsilon'> {
  const coefficientOf = (factors: string): Coefficient | undefined =>
    terms.find(term => term.factors.join('*') === factors)?.coefficient;
  const [scale, ofMean, epsilon] = [coefficientOf('q'), coefficientOf('m*m'), coefficientOf('')];
  const found = [scale, ofMean, epsilon].filter(coefficient => coefficient !== undefined);
  if (scale === undefined || found.length !== terms.length || (scale != null && scale <= 0)) {
    throw new Refused(NO_SPREAD, true);
  }
  if (ofMean !== undefined && !areSame(ofMean && -ofMean, scale)) {
    throw new Refused('what it takes from the mean square is not the square of the mean');
  }
  return {center: ofMean !== undefined, scale, epsilon: epsilon === undefined ? 0 : epsilon};
}

const NO_SPREAD = 'what it takes the root of is neither a variance nor a mean square';

/** The reciprocal of a divisor. */
export function atRoot(known: Known, divisor: Value, zeroAtZero = false): Value {
  const root = {...known.roots[divisor.root!], zeroAtZero};
  return {...divisor, kind: 'terms', terms: factorTerm(`r${rootAt(known, root)}`)};
}

/** The root that is never below the floor. */
export const withFloor = (known: Known, root: number, floor: Coefficient): number =>
  rootAt(known, {...known.roots[root], rootFloor: {value: floor}});

export const batchNormRoot = (known: Known, epsilon: number): string =>
  `r${rootAt(known, {
    ...{center: true, scale: 1, epsilon, floor: null, rootFloor: null, zeroAtZero: false},
  })}`;

function rootAt({roots}: Known, root: Root): number {
  const text = JSON.stringify(root);
  const at = roots.findIndex(one => JSON.stringify(one) === text);
  return at < 0 ? roots.push(root) - 1 : at;
}
