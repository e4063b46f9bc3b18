/**
 * Expressions that read the same in GLSL and WGSL, for scalars and for vectors.
 *
 * `x` and `dy` belong to an element, `gamma` and `beta` to its parameter. `mean`, `rest`, `spread`
 * and `rstd` belong to its group, and so do `dmean` and `dspread`, the gradients of the moments.
 */
import type {Statistic} from '../../statistic.js';
import type {NormView} from '../../view.js';

/** `mean + rest` is the mean. Subtracted one after the other, they lose no digits. */
const centered = ({center}: Statistic): string => (center ? '((x - mean) - rest)' : 'x');

/** The term that the statistic averages or adds up. */
export const powerOf = ({power}: Statistic, term: string): string =>
  power === 2 ? `${term} * ${term}` : `abs(${term})`;

const xhat = (statistic: Statistic): string => `(${centered(statistic)} * rstd)`;

export const y = (statistic: Statistic): string => `${xhat(statistic)} * gamma + beta`;

/** Here `mean` and `variance` belong to the element's parameter. */
export const yGiven = (epsilon: string): string =>
  `(x - mean) * (gamma / sqrt(variance + ${epsilon})) + beta`;

/** A moving average behind this batch, whose own value is `moment`; `share` is 1 - momentum. */
export const movingAverage = (moment: string, momentum: string, share: string): string =>
  `moving * ${momentum} + ${moment} * ${share}`;

export const H = '(dy * gamma)';

/** The mean over the group, or the sum if the statistic does not average, is `along`. */
export const alongTerm = (statistic: Statistic): string => `${H} * ${xhat(statistic)}`;

export const dgammaTerm = (statistic: Statistic): string => `dy * ${xhat(statistic)}`;

/**
 * Whether each group has one parameter, which no other group has, as in batch norm. Then gamma is a
 * factor of the group's sums: those for `dx` are gamma times those for `dgamma` and `dbeta`.
 */
export const hasParamPerGroup = (view: NormView): boolean =>
  view.every(axis => axis.param !== axis.reduced);

/**
 * `meanH` and `along` are expressions of the group's sums. `count`, a group's number of elements, is
 * null where there are no `dmean` and `dspread`.
 */
export function dx(
  statistic: Statistic,
  {meanH, along, count}: {meanH: string; along: string; count: string | null},
): string {
  const direction = statistic.power === 2 ? xhat(statistic) : 'sign(x)';
  const lessMean = statistic.center ? ` - ${meanH}` : '';
  const throughY = `rstd * (${H}${lessMean} - ${direction} * ${along})`;
  if (count == null) return throughY;
  return `${throughY} + (dmean + 2.0 * dspread * ${centered(statistic)}) / ${count}`;
}
