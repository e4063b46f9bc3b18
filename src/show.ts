/** Values as messages show them. */
import {Tensor} from '@tensorflow/tfjs-core';

/** How much of a value is shown. */
const LONGEST = 100;
/** Deeper than any tensor; a list that contains itself ends here. */
const DEEPEST = 10;

/** A value as a message shows it; a long one is cut off. */
export function show(value: unknown): string {
  const text = textOf(value, 0);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

export const showShape = (shape: ReadonlyArray<number | null>): string =>
  `[${shape.map(size => size ?? '?').join(', ')}]`;

/** Whether this is a symbolic tensor, of any copy of tfjs-layers. */
export const isSymbolic = (value: unknown): value is {shape: Array<number | null>} =>
  typeof value === 'object' && value != null && 'sourceLayer' in value && 'shape' in value;

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  if (typeof value !== 'object' || value == null) return String(value);
  if (value instanceof Tensor) {
    return `a ${value.isDisposed ? 'disposed ' : ''}tensor of shape ${showShape(value.shape as number[])}`;
  }
  if (isSymbolic(value)) {
    return `a symbolic tensor of shape ${showShape(value.shape)}, which only layers take`;
  }
  if ('then' in value) return 'a Promise, which must be awaited first';
  const isArray = Array.isArray(value);
  const name = (value.constructor as {name?: string} | undefined)?.name ?? 'Object';
  if (!isArray && name !== 'Object') return `an object of the class ${name}`;
  if (depth > DEEPEST) return '…';
  // Fewer of each list, the more lists there are.
  const parts = Object.entries(value)
    .slice(0, Math.max(1, LONGEST >> depth))
    .map(([key, item]) => (isArray ? '' : `${JSON.stringify(key)}:`) + textOf(item, depth + 1));
  return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}
