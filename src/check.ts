/**
 * Checks that several share, and the form of every message: who complains, the argument, the rule,
 * and what came.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Throws `op: message` unless `condition` holds. */
export function check(condition: boolean, op: string, message: () => string): asserts condition {
  if (!condition) throw new Error(`${op}: ${message()}`);
}

/** A value as a message shows it; a long one is cut off. */
export function show(value: unknown): string {
  if (value instanceof tf.Tensor) return `a tensor of shape ${showShape(value.shape as number[])}`;
  if (typeof value === 'number' || value == null) return String(value);
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

export const showShape = (shape: ReadonlyArray<number | null>): string =>
  `[${shape.map(size => size ?? '?').join(', ')}]`;

/** tfjs checks the first element only, and takes all others that are no numbers for NaN. */
const isNumeric = (x: unknown): boolean =>
  Array.isArray(x)
    ? x.every(isNumeric)
    : ArrayBuffer.isView(x) || typeof x === 'number' || typeof x === 'boolean';

/** Checks that `x` is a tensor, or something that tf.tensor takes, of numbers or booleans. */
export function checkNumeric(op: string, name: string, x: unknown): void {
  check(
    x instanceof tf.Tensor || isNumeric(x),
    op,
    () => `${name} must be a tensor or an array of numbers, but is ${show(x)}.`,
  );
  const dtype = x instanceof tf.Tensor ? x.dtype : 'float32';
  check(
    dtype === 'float32' || dtype === 'int32' || dtype === 'bool',
    op,
    () => `${name} must be of type float32, int32 or bool, but is ${dtype}.`,
  );
}

/** Checks that `x` has at least `least` axes. */
export function checkRank(op: string, shape: readonly number[], least: number): void {
  const axes = least === 1 ? '1 axis' : `${least} axes`;
  check(
    shape.length >= least,
    op,
    () => `x must have at least ${axes}, but has the shape ${showShape(shape)}.`,
  );
}

/** The axes that `axis` names, counted from 0 and in ascending order. */
export function checkAxes(op: string, axis: number | readonly number[], rank: number): number[] {
  const given: unknown = typeof axis === 'number' ? [axis] : axis;
  check(
    Array.isArray(given) && given.length > 0,
    op,
    () => `axis must be an integer or a list of at least one, but is ${show(axis)}.`,
  );
  const axes = (given as number[]).map(a => (a < 0 ? a + rank : a));
  check(
    axes.every(a => Number.isInteger(a) && a >= 0 && a < rank),
    op,
    () =>
      `axis must be from ${-rank} to ${rank - 1} for an input of rank ${rank}, but is ${show(axis)}.`,
  );
  check(
    new Set(axes).size === axes.length,
    op,
    () => `axis must name each axis once, but is ${show(axis)}.`,
  );
  return axes.sort((a, b) => a - b);
}

/** The single axis that `axis` names, counted from 0. */
export function checkAxis(op: string, axis: number, rank: number): number {
  const axes = checkAxes(op, axis, rank);
  check(axes.length === 1, op, () => `axis must be a single one, but is ${show(axis)}.`);
  return axes[0];
}

/** The channel axis of a norm that keeps examples apart, counted from 0. */
export function checkChannelAxis(op: string, axis: number, rank: number): number {
  const channels = checkAxis(op, axis, rank);
  check(
    channels > 0,
    op,
    () => `axis must be that of the channels, but ${show(axis)} is that of the batch.`,
  );
  return channels;
}

/** The number of groups: `groups`, or that of the channels if it is -1. */
export function checkGroups(op: string, groups: number, channels: number): number {
  const count = groups === -1 ? channels : groups;
  check(
    Number.isInteger(count) && count > 0 && channels % count === 0,
    op,
    () =>
      `groups must be -1 or a positive integer that divides the ${channels} channels, ` +
      `but is ${show(groups)}.`,
  );
  return count;
}

/** Checks that a parameter, if it is given, has this shape. */
export function checkParam(
  op: string,
  name: string,
  param: tf.Tensor | null,
  shape: readonly number[],
): void {
  check(
    param == null || tf.util.arraysEqual(param.shape, shape as number[]),
    op,
    () => `${name} must have the shape ${showShape(shape)}, but has ${showShape(param!.shape)}.`,
  );
}

/** Checks that epsilon is a finite number, not below 0. */
export function checkEpsilon(op: string, epsilon: number): void {
  check(
    Number.isFinite(epsilon) && epsilon >= 0,
    op,
    () => `epsilon must be a finite number of at least 0, but is ${show(epsilon)}.`,
  );
}

/** Advice in the place of Keras's arguments that this package does not have. */
const INSTEAD: Record<string, string> = {
  adjustment: 'scale and shift in a layer behind',
  virtualBatchSize: 'train with batches of that size',
};

/** Refuses Keras's arguments that would change the result and that this package does not have. */
export function checkSupported(op: string, args: object, unsupported: readonly string[]): void {
  for (const [name, value] of Object.entries(args)) {
    check(
      !unsupported.includes(name) || value == null || value === false,
      op,
      () => `${name} is not supported, but is ${show(value)}; ${INSTEAD[name]}.`,
    );
  }
}

/** Checks that flags, if they are given, are true or false; some files have 1 or 0 for these. */
export function checkFlags<T extends object>(op: string, args: T, flags: Array<keyof T>): void {
  for (const flag of flags) {
    const value: unknown = args[flag] ?? false;
    const isFlag = typeof value === 'boolean' || value === 0 || value === 1;
    check(isFlag, op, () => `${String(flag)} must be true or false, but is ${show(value)}.`);
  }
}

/** Checks the share that stays of a running value: it is from 0 to 1. */
export function checkShare(op: string, name: string, share: number): void {
  check(
    typeof share === 'number' && share >= 0 && share <= 1,
    op,
    () => `${name} must be a number from 0 to 1, but is ${show(share)}.`,
  );
}

/** The mask, whose shape must be the input's or its leading axes, as it broadcasts against the input. */
export function checkWeights(op: string, mask: tf.Tensor, shape: readonly number[]): tf.Tensor {
  check(
    mask.rank <= shape.length && mask.shape.every((size, i) => size === 1 || size === shape[i]),
    op,
    () =>
      `mask must have the shape ${showShape(shape)}, with 1 for any size, or that of its leading ` +
      `axes, but has ${showShape(mask.shape)}.`,
  );
  return tf.reshape(
    mask,
    shape.map((_, i) => (i < mask.rank ? mask.shape[i] : 1)),
  );
}
