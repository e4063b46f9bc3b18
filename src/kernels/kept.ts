/**
 * What a call of `FusedNormalize` leaves for its gradient. tfjs asks the gradient's config as soon as the kernel has
 * run, and then saves these tensors; on wasm it copies them. It cannot save an input that is not there
 * (tensorflow/tfjs#2868).
 */
import * as tf from '@tensorflow/tfjs-core';
import type {ForwardAttrs} from './contract.js';

/**
 * The inputs. Of a sum, these are not saved where the gradient can do with the sum, which is an output. It cannot where
 * it will be differentiated itself.
 */
export function keptInputs({alpha, gated}: ForwardAttrs, isNested: boolean): string[] {
  if (alpha == null) return ['x', 'gamma', 'beta'];
  return [
    ...['gamma', 'beta'],
    ...(gated || isNested ? ['x'] : []),
    ...(gated ? ['gate'] : []),
    ...(isNested ? ['residual'] : []),
  ];
}

let latest: {inputs: string[]; outputs: boolean[]} = {inputs: [], outputs: []};

/** Notes what the call keeps. Gradients of gradients are taken where a gradient is within another. */
export function noteKept(attrs: ForwardAttrs): void {
  const isNested = tf.engine().state.gradientDepth > 1;
  // Of y, stats and sum.
  latest = {inputs: keptInputs(attrs, isNested), outputs: [false, true, attrs.alpha != null]};
}

/** What the last call keeps. */
export const keptByLatest = () => latest;
