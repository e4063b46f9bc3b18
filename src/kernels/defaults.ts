/**
 * Inputs that a call may leave out, and the value that all their elements then have. On the processor no
 * kernel needs a tensor for that, and to make one takes as long as a small tensor's loops.
 */
import * as tf from '@tensorflow/tfjs-core';
import {countOf, type ParamName} from '../view.js';
import type {KernelName, NormalizeAttrs} from './contract.js';

type Defaults = ReadonlyArray<readonly [input: ParamName, value: 0 | 1]>;

export const DEFAULTS: Readonly<Record<KernelName, Defaults>> = {
  FusedNormalize: [
    ['gamma', 1],
    ['beta', 0],
  ],
  FusedNormalizeGrad: [['gamma', 1]],
  FusedNormalizeGiven: [
    ['mean', 0],
    ['variance', 0],
    ['gamma', 1],
    ['beta', 0],
  ],
};

/** A kernel is not called without inputs of more elements than that. */
export const MOST_LEFT_OUT = 4096;

/** `MOST_LEFT_OUT` elements of each value. */
export const CONSTANTS: Readonly<Record<0 | 1, Float32Array>> = /* @__PURE__ */ {
  0: /* @__PURE__ */ new Float32Array(MOST_LEFT_OUT),
  1: /* @__PURE__ */ new Float32Array(MOST_LEFT_OUT).fill(1),
};

/** All inputs, with tensors for those that were left out. */
export function withDefaults<Tensors extends Record<string, tf.TensorInfo>>(
  kernel: KernelName,
  inputs: Tensors,
  {view}: NormalizeAttrs,
): Tensors {
  let all = inputs;
  for (const [name, value] of DEFAULTS[kernel]) {
    // Not tf.fill, which is a launch on a GPU.
    const make = value === 1 ? tf.ones : tf.zeros;
    if (inputs[name] == null) all = {...all, [name]: make([countOf(view, name)])};
  }
  return all;
}
