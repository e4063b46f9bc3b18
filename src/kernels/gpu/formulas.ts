/**
 * Expressions that read the same in GLSL and WGSL, for scalars and for vectors.
 *
 * Of an element: `x`, `dy`; of its parameter: `gamma`, `beta`; of its group: `mean`, `rest`,
 * `spread` and `rstd`, the gradients' `meanH` and `along`, and what comes through the statistics
 * themselves, `dmean` and `dspread` (already divided by the number of elements).
 */
import type {Statistic} from '../../statistic.js';

/** `mean + rest` is the mean: one after the other, `x - mean` is exact. */
const centered = ({center}: Statistic): string => (center ? '((x - mean) - rest)' : 'x');

/** What the statistic averages or adds up. */
export const powerOf = ({power}: Statistic, of: string): string =>
  power === 2 ? `${of} * ${of}` : `abs(${of})`;

const xhat = (statistic: Statistic): string => `(${centered(statistic)} * rstd)`;

export const y = (statistic: Statistic): string => `${xhat(statistic)} * gamma + beta`;

/** With `mean` and `variance` of the element's parameter. */
export const yGiven = (epsilon: string): string =>
  `(x - mean) * (gamma / sqrt(variance + ${epsilon})) + beta`;

/** `meanH` is the group's mean of it. */
export const H = '(dy * gamma)';

/** `along` is the group's mean or sum of it. */
export const alongOf = (statistic: Statistic): string => `${H} * ${xhat(statistic)}`;

export const dgammaOf = (statistic: Statistic): string => `dy * ${xhat(statistic)}`;

export function dx(statistic: Statistic, {throughStats}: {throughStats: boolean}): string {
  const direction = statistic.power === 2 ? xhat(statistic) : 'sign(x)';
  const meanH = statistic.center ? ' - meanH' : '';
  const throughY = `rstd * (${H}${meanH} - ${direction} * along)`;
  return throughStats ? `${throughY} + dmean + 2.0 * dspread * ${centered(statistic)}` : throughY;
}
