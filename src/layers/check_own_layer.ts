/** What a class that a user derives from `NormalizationLayer` must have. TypeScript demands the same, JavaScript does not. */
import type {layers} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import type {Plan} from './normalization_layer.js';

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
