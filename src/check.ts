/**
 * Checks that several share, and the form of every message: who complains, the argument, the rule,
 * and what came.
 */
import * as tf from '@tensorflow/tfjs-core';
import {show, showShape} from './show.js';

export {show, showShape};

/** Throws `op: message` unless `condition` holds. */
export function check(condition: boolean, op: string, message: () => string): asserts condition {
  if (!condition) throw new Error(`${op}: ${message()}`);
}

/** Whether these are numbers or booleans, in lists of any depth. tfjs checks the first one only. */
function isNumeric(x: unknown): boolean {
  if (!Array.isArray(x)) {
    return typeof x === 'number' || typeof x === 'boolean' || tf.util.isTypedArray(x as object);
  }
  // Not x.every, which passes over what an array leaves out.
  for (const item of x) if (!isNumeric(item)) return false;
  return true;
}

/** The shape of numbers in lists; null if the lists at a depth differ in length, at which tfjs does not look. */
function shapeOf(x: unknown): number[] | null {
  if (tf.util.isTypedArray(x as object)) return [(x as Float32Array).length];
  if (!Array.isArray(x)) return [];
  // Not for each number of a long list.
  const lists = x.some(item => typeof item === 'object') ? x.map(shapeOf) : [[]];
  const [first = []] = lists;
  const isOne = lists.every(list => list && first && tf.util.arraysEqual(list, first));
  return isOne ? [x.length, ...first!] : null;
}

/**
 * Checks that `x` is a tensor, or something that tf.tensor takes, of numbers or booleans, and gives
 * its shape. Nothing is allocated.
 */
export function checkNumeric(op: string, name: string, x: unknown): number[] {
  const isTensor = x instanceof tf.Tensor;
  check(
    isTensor ? !x.isDisposed : isNumeric(x),
    op,
    () => `${name} must be a tensor or an array of numbers, but is ${show(x)}.`,
  );
  const dtype = isTensor ? x.dtype : 'float32';
  check(
    dtype === 'float32' || dtype === 'int32' || dtype === 'bool',
    op,
    () => `${name} must be of type float32, int32 or bool, but is ${dtype}.`,
  );
  if (isTensor) return x.shape as number[];
  const shape = shapeOf(x);
  check(
    shape != null,
    op,
    () => `${name} must have lists of one length at each depth, but is ${show(x)}.`,
  );
  return shape;
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

/** The axes that an option names, counted from 0 and in ascending order. */
export function checkAxes(
  op: string,
  axis: number | readonly number[],
  rank: number,
  option = 'axis',
): number[] {
  // Nearly every call has a single one.
  if (Number.isInteger(axis) && (axis as number) >= -rank && (axis as number) < rank) {
    return [(axis as number) < 0 ? (axis as number) + rank : (axis as number)];
  }
  const given: unknown = typeof axis === 'number' ? [axis] : axis;
  check(
    Array.isArray(given) && given.length > 0,
    op,
    () => `${option} must be an integer or a list of at least one, but is ${show(axis)}.`,
  );
  const axes = (given as number[]).map(a => (a < 0 ? a + rank : a));
  check(
    axes.every(a => Number.isInteger(a) && a >= 0 && a < rank),
    op,
    () =>
      `${option} must be from ${-rank} to ${rank - 1} for an input of rank ${rank}, but is ${show(axis)}.`,
  );
  check(
    new Set(axes).size === axes.length,
    op,
    () => `${option} must name each axis once, but is ${show(axis)}.`,
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

/** The number of groups: `groups`, or that of the channels if it is -1. It is never 0. */
export function checkGroups(op: string, groups: number, channels: number): number {
  const count = groups === -1 ? Math.max(channels, 1) : groups;
  check(
    Number.isInteger(count) && count > 0 && channels % count === 0,
    op,
    () =>
      `groups must be -1 or a positive integer that divides the ${channels} channels, ` +
      `but is ${show(groups)}.`,
  );
  return count;
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

/** Checks that the mask has the input's shape or its leading axes, or broadcasts against these. */
export function checkMask(op: string, mask: unknown, shape: readonly number[]): void {
  if (mask == null) return;
  const given = checkNumeric(op, 'mask', mask);
  check(
    given.length <= shape.length && given.every((size, i) => size === 1 || size === shape[i]),
    op,
    () =>
      `mask must have the shape ${showShape(shape)}, with 1 for any size, or that of its leading ` +
      `axes, but has ${showShape(given)}.`,
  );
}
