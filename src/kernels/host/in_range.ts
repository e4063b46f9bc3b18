import type {Statistic} from '../../statistic.js';

/**
 * Deviations of 1e15 have squares of 1e30, those of 1e-12 have 1e-24: 2^26 of the former, and a
 * thousandth of the latter, are still float32 numbers with all their digits.
 */
const [LEAST, LARGEST] = [1e-15, 1e12];

/**
 * Whether float32 can sum the powers of the elements. NaN harms nobody else. Of a norm of zero, only
 * the absolute values tell whether it is one: squares may have come to nothing.
 */
export function inRange(spread: Float64Array, rstd: Float64Array, {power}: Statistic): boolean {
  if (power === 1) return !spread.includes(Infinity);
  return !rstd.some((r, g) => (r < LEAST && spread[g] !== 0) || r > LARGEST);
}
