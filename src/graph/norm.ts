import {Refused} from './refusal.js';
import type {Shape} from './shapes.js';
import {areSame, type Coefficient, power, type Term, type Terms} from './terms.js';
import type {Known, Root, Value} from './value.js';

/**
 * A normalization:
 *
 *     scale * (x - mean) * root * gamma + beta
 *
 * with the mean for a variance alone; `gamma` is a product of leaves, and `beta` a sum of such.
 */
export type Norm = {
  readonly root: Root;
  readonly scale: Coefficient;
  readonly gamma: readonly string[];
  readonly beta: Terms;
  /** Whether the normalized input was reshaped before gamma and beta. */
  readonly isOuter: boolean;
  /** The shape that it was given then. */
  readonly outer: Shape;
  /** The shape of the result, as far as it is known. */
  readonly shape: Shape;
};

/** Reads a value as a normalization of the input. */
export function readNorm({roots}: Known, value: Value): Norm {
  if (value.kind !== 'terms' || value.space === 'group') throw new Refused('it is a part', true);
  const beta = value.terms.filter(({factors}) => factors.every(isLeaf));
  const others = value.terms.filter(term => !beta.includes(term));
  const ofX = others.filter(term => power(term, 'x') === 1 && power(term, 'm') === 0);
  const ofMean = others.filter(term => power(term, 'm') === 1 && power(term, 'x') === 0);
  const [term] = ofX;
  const found = term?.factors.filter(isRoot) ?? [];
  if (ofX.length !== 1 || ofX.length + ofMean.length !== others.length || found.length !== 1) {
    throw new Refused(INCOMPLETE, true);
  }
  const root = roots[Number(found[0].slice(1))];
  const gamma = term.factors.filter(isLeaf);
  if (gamma.length + 2 !== term.factors.length) throw new Refused(INCOMPLETE, true);
  checkMean(root.center, term, ofMean);
  return {
    ...{root, gamma, beta, shape: value.shape, outer: value.outer ?? null},
    scale: term.coefficient,
    isOuter: value.space === 'outer',
  };
}

const INCOMPLETE = 'its input, its mean and its root do not come together as in a normalization';

const isRoot = (factor: string): boolean => factor.startsWith('r');
const isLeaf = (factor: string): boolean => /^[pco]/.test(factor);

function checkMean(center: boolean, {coefficient, factors}: Term, ofMean: Terms): void {
  if (ofMean.length === 0) {
    if (center) throw new Refused('its mean is not subtracted', true);
    return;
  }
  const [term] = ofMean;
  const expected = factors.map(factor => (factor === 'x' ? 'm' : factor)).sort();
  const isSame =
    ofMean.length === 1 &&
    term.factors.join() === expected.join() &&
    areSame(term.coefficient && -term.coefficient, coefficient);
  if (!center) throw new Refused('its mean is subtracted, but its divisor is no variance');
  if (!isSame) throw new Refused('its mean is not subtracted as often as its input is taken', true);
}
