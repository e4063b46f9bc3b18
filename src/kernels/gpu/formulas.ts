/**
 * Expressions that read the same in GLSL and WGSL, for scalars and for vectors.
 *
 * `x` and `dy` belong to an element, `gamma` and `beta` to its parameter. `mean`, `rest`, `spread`
 * and `rstd` belong to its group, and so do `dmean` and `dspread`, the gradients of the moments.
 */
import type {Statistic} from '../../statistic.js';
import {type NormView, varies} from '../../view.js';
import type {NormalizeAttrs} from '../contract.js';
import {literal} from './activations.js';

/** The formulas of a normalization depend on these. */
export type Formula = Pick<NormalizeAttrs, 'statistic' | 'gammaOffset' | 'activation'>;

/** The part of a kernel's attributes that its programs are made of. */
export const formulaOf = ({statistic, gammaOffset, activation}: Formula): Formula => ({
  statistic,
  gammaOffset,
  activation,
});

/** `mean + rest` is the mean. Subtracted one after the other, they lose no digits. */
const centered = ({center}: Statistic): string => (center ? '((x - mean) - rest)' : 'x');

/** The term that the statistic averages or adds up. */
export const powerOf = ({power}: Statistic, term: string): string =>
  power === 2 ? `${term} * ${term}` : `abs(${term})`;

const xhat = ({statistic}: Formula): string => `(${centered(statistic)} * rstd)`;

/** The whole factor: gamma and its offset. */
export const factor = ({gammaOffset = 0}: Formula): string =>
  gammaOffset === 0 ? 'gamma' : `(gamma + ${literal(gammaOffset)})`;

const z = (formula: Formula): string => `${xhat(formula)} * ${factor(formula)} + beta`;

const activated = ({activation}: Formula, z: string): string =>
  activation == null ? z : `activate(${z})`;

/** The sum that is normalized where a residual is added. */
export const sumOf = (alpha: string, isGated: boolean): string =>
  `${alpha} * residual + ${isGated ? 'gate * x' : 'x'}`;

export const y = (formula: Formula): string => activated(formula, z(formula));

/**
 * Here `mean` and `variance` belong to the element's parameter, and so do `scale` and `offset`. `arrays`
 * names the parameters that are there.
 */
export function yGiven(formula: Formula, epsilon: string, arrays: string[]): string {
  const ifThere = (name: string, term: string, otherwise = '') =>
    arrays.includes(name) ? term : otherwise;
  const gain = ifThere('gamma', factor(formula), literal(1 + (formula.gammaOffset ?? 0)));
  const root = `sqrt(${ifThere('variance', 'variance + ')}${epsilon})`;
  const z = `${ifThere('mean', '(x - mean)', 'x')} * (${gain} / ${root})${ifThere('beta', ' + beta')}`;
  return activated(formula, z) + ifThere('scale', ' * scale + offset');
}

/** A moving average behind this batch, whose own value is `moment`; `share` is 1 - momentum. */
export const movingAverage = (moment: string, momentum: string, share: string): string =>
  `moving * ${momentum} + ${moment} * ${share}`;

/** The gradient in front of the activation. */
export const dz = (formula: Formula): string =>
  formula.activation == null ? 'dy' : `(dy * slope(${z(formula)}))`;

export const h = (formula: Formula): string => `(${dz(formula)} * ${factor(formula)})`;

/** The arrays that a term reads: `dz`, `dgammaTerm` and, with gamma, `h` and `alongTerm`. */
export const arraysOf = ({activation}: Formula, hasGamma: boolean): string[] => [
  ...['dy', 'x', 'stats'],
  ...(hasGamma || activation != null ? ['gamma'] : []),
  ...(activation != null ? ['beta'] : []),
];

/** The mean over the group, or the sum if the statistic does not average, is `along`. */
export const alongTerm = (formula: Formula): string => `${h(formula)} * ${xhat(formula)}`;

export const dgammaTerm = (formula: Formula): string => `${dz(formula)} * ${xhat(formula)}`;

/**
 * Whether each group has one gamma and one beta, which no other group has, as in batch norm. Then gamma is a
 * factor of the group's sums: those for `dx` are gamma times those for `dgamma` and `dbeta`.
 */
export const hasParamPerGroup = (view: NormView): boolean =>
  view.every(axis => [varies(axis, 'gamma'), varies(axis, 'beta')].every(v => v !== axis.reduced));

/**
 * `meanH` and `along` are expressions of the group's sums. `count`, a group's number of elements, is
 * null where there are no `dmean` and `dspread`. `dsum` is an element's too.
 */
export function dx(
  formula: Formula,
  {meanH, along, count}: {meanH: string; along: string; count: string | null},
  hasDsum = false,
): string {
  const {statistic} = formula;
  const direction = statistic.power === 2 ? xhat(formula) : 'sign(x)';
  const lessMean = statistic.center ? ` - ${meanH}` : '';
  const ofY = `rstd * (${h(formula)}${lessMean} - ${direction} * ${along})`;
  const throughY = hasDsum ? `dsum + ${ofY}` : ofY;
  if (count == null) return throughY;
  return `${throughY} + (dmean + 2.0 * dspread * ${centered(statistic)}) / ${count}`;
}
