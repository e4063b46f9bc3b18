/** Values as messages show them. */
import {Tensor} from '@tensorflow/tfjs-core';

/** How much of a value is shown. */
const LONGEST = 100;
/** Deeper than any array of numbers; a list that contains itself ends here. */
const DEEPEST = 10;

/** A value as a message shows it; a long one is cut off. */
export function show(value: unknown): string {
  const text = textOf(value, 0);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

export const showShape = (shape: ReadonlyArray<number | null>): string =>
  `[${shape.map(size => size ?? '?').join(', ')}]`;

function textOf(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  if (typeof value !== 'object' || value == null) return String(value);
  return classText(value) ?? listText(value, depth + 1);
}

/** The text for an object that has a class; null for arrays and plain objects. */
function classText(value: object): string | null {
  if (value instanceof Tensor) {
    return `a ${value.isDisposed ? 'disposed ' : ''}tensor of shape ${showShape(value.shape as number[])}`;
  }
  if (Array.isArray(value)) return null;
  if ('sourceLayer' in value && 'shape' in value) {
    return `a symbolic tensor of shape ${showShape(value.shape as number[])}, which only layers take`;
  }
  if ('then' in value) return 'a Promise, which must be awaited first';
  const name = (value.constructor as {name?: string} | undefined)?.name ?? 'Object';
  return name === 'Object' ? null : `an object of the class ${name}`;
}

/** An array or a plain object in the manner of JSON, as far as it is shown. */
function listText(value: object, depth: number): string {
  const isArray = Array.isArray(value);
  const parts: string[] = [];
  let length = 0;
  for (const [key, item] of isArray ? value.entries() : Object.entries(value)) {
    if (depth > DEEPEST || length > LONGEST) {
      parts.push('…');
      break;
    }
    const text = textOf(item, depth);
    parts.push(isArray ? text : `${JSON.stringify(key)}:${text}`);
    length += text.length + 1;
  }
  return isArray ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
}
