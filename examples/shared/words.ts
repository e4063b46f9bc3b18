import {deviation, isApart, mean} from './statistics.js';

/** A table with its columns aligned: the first to the left, the others to the right. */
export function toText(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  const pad = (cell: string, i: number) =>
    i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]);
  return rows.map(row => row.map(pad).join('   ')).join('\n');
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)}%`;

/** A number with two or three digits, and a power of ten if it is far from 1: 7.1e9. */
export function short(value: number): string {
  const isFar = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3);
  return isFar
    ? value.toExponential(1).replace('+', '')
    : value
        .toPrecision(3)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '');
}

/** The items as in a sentence: `a, b and c`. */
export const listed = (items: string[]): string =>
  [items.slice(0, -1).join(', '), ...items.slice(-1)].filter(Boolean).join(' and ');

export const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The mean ± the standard deviation, or the value alone if it is one. */
export function spread(values: number[], digits: number): string {
  if (values.length === 0) return '-';
  const around = deviation(values);
  const center = mean(values).toFixed(digits);
  return around == null ? center : `${center} ± ${around.toFixed(digits)}`;
}

/** The same of shares, in percent. */
export const percentSpread = (shares: number[], digits = 1): string =>
  shares.length === 0
    ? '-'
    : `${spread(
        shares.map(share => 100 * share),
        digits,
      )}%`;

/** How far apart two means are, beside their standard deviations. */
export function compared(a: number[], b: number[], write: (difference: number) => string): string {
  const apart = `${write(Math.abs(mean(a) - mean(b)))} apart`;
  const known = isApart(a, b);
  if (known == null) return `${apart}, from one training each`;
  return known
    ? `${apart}, more than both standard deviations together`
    : `${apart}, within the standard deviations`;
}
