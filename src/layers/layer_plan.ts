/** The plan by which a layer is built, and checks of what a class that a user derives must have: JavaScript demands nothing. */
import type {layers} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import type {Weight} from './weight.js';

/** How a layer is built for inputs of one rank: what `plan` of a `NormalizationLayer` gives. */
export interface Plan {
  /**
   * The axes along which the weights vary, counted from 0. Their sizes must be known, and tfjs
   * refuses, by the layer's name, later inputs of other sizes or of another rank.
   */
  readonly axes: readonly number[];
  /** The same axes as they were given, for a layer whose later inputs may have another rank. */
  readonly anyRank?: number | readonly number[];
  /** The weights and their shapes for these sizes of `axes`, in the order of Keras's files. */
  readonly weights: (sizes: number[]) => Array<[Weight, number[]]>;
}

/** Checks that the layer has both of the methods that its class must define. */
export function checkMethods(layer: layers.Layer): void {
  for (const method of ['plan', 'normalize']) {
    const value = (layer as unknown as Record<string, unknown>)[method];
    check(
      typeof value === 'function',
      layer.name,
      () => `${method} must be a method of its class, but is ${show(value)}.`,
    );
  }
}

/** Checks what `plan` gave for an input of this rank. */
export function checkPlan(name: string, plan: Plan, rank: number): void {
  const {axes, weights}: Record<keyof Plan, unknown> = {anyRank: null, ...plan};
  const isAxis = (axis: unknown) =>
    Number.isInteger(axis) && (axis as number) >= 0 && (axis as number) < rank;
  check(
    Array.isArray(axes) && axes.every(isAxis) && typeof weights === 'function',
    name,
    () =>
      `plan must give the axes, a list of integers from 0 to ${rank - 1} for an input of rank ${rank}, ` +
      `and the function weights, but gives ${show({axes, weights})}.`,
  );
}
