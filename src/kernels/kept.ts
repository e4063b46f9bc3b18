/**
 * Says which tensors a call of `FusedNormalize` leaves for its gradient. tfjs asks the gradient's config as soon as the kernel has
 * run, and then saves these tensors. It cannot save an input that is not there (tensorflow/tfjs#2868).
 */
import * as tf from '@tensorflow/tfjs-core';
import {shareWithTape} from '../share_with_tape.js';
import type {ForwardAttrs} from './contract.js';

/**
 * The inputs. The terms of a sum are not saved where the gradient can do with the sum, which is an output. It cannot where
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

type Kept = {readonly inputs: string[]; readonly outputs: boolean[]};

/** Gradients of gradients are taken where a gradient is within another. The outputs are y, stats and sum. */
function keptOf(attrs: ForwardAttrs): Kept {
  const isNested = tf.engine().state.gradientDepth > 1;
  return {inputs: keptInputs(attrs, isNested), outputs: [false, true, attrs.alpha != null]};
}

const NOTHING: Kept = {inputs: [], outputs: []};
let latest = NOTHING;
let isShared = false;

/** Notes what tfjs shall keep of the call. */
export function noteKept(attrs: ForwardAttrs): void {
  latest = isShared ? NOTHING : keptOf(attrs);
}

/** The tensors that tfjs shall keep of the last call. */
export const keptByLatest = () => latest;

/** Runs the kernel, of which tfjs keeps nothing, and has the tape share what its gradient needs. */
export function runShared(
  inputs: tf.NamedTensorMap,
  attrs: ForwardAttrs,
  run: () => tf.Tensor[],
): tf.Tensor[] {
  isShared = true;
  let made: tf.Tensor[];
  try {
    made = run();
  } finally {
    isShared = false;
  }
  const kept = keptOf(attrs);
  const outputs = made.filter((_, i) => kept.outputs[i]);
  shareWithTape([...kept.inputs.map(name => inputs[name]), ...outputs]);
  return made;
}
