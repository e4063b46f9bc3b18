/** Where it is decided whether a kernel runs or the reference; nobody else asks tfjs's registry. */
import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  type AttrsOf,
  type ForwardAttrs,
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  type KernelName,
} from './contract.js';
import {MOST_LEFT_OUT, withDefaults} from './defaults.js';
import {runShared} from './kept.js';
import type {Registered} from './register.js';
import {sharesWithTape} from '../share_with_tape.js';
import {paramCount} from '../view.js';

const registeredOn = (backend: string): Registered | undefined =>
  tf.getKernel(FusedNormalize, backend) as Registered | undefined;

/** Why the kernels that are registered for the backend in use cannot run; null if they can, or there are none. */
export const whyNotHere = (): string | null => registeredOn(tf.getBackend())?.whyNot?.() ?? null;

/** The kernel, if it can run; of backends that are not in use this is not known. */
function kernelOn(backend: string): Registered | undefined {
  const kernel = registeredOn(backend);
  const isOut = kernel?.whyNot != null && backend === tf.getBackend() && whyNotHere() != null;
  return isOut ? undefined : kernel;
}

/** Whether tfjs's backend of this name has the kernels. */
export const hasKernels = (backend: string): boolean => kernelOn(backend) != null;

/** Whether JavaScript can read the values of the backend in use without waiting for a device. */
export const readsAtOnce = (): boolean =>
  kernelOn(tf.getBackend())?.readsAtOnce?.(tf.backend()) === true;

/** Whether the kernels of the backend in use are general; null if it has none. The reference is general too. */
export function isGeneral(): boolean | null {
  const kernel = kernelOn(tf.getBackend());
  return kernel == null ? null : kernel.isGeneral === true;
}

/** Computes a kernel's outputs from all of its inputs. */
type Reference = (inputs: tf.NamedTensorMap) => tf.Tensor[];

/** Stands in for `runKernel` where no kernel will do. */
export const runReference = <Name extends KernelName>(
  name: Name,
  inputs: tf.NamedTensorMap,
  attrs: AttrsOf[Name],
  reference: Reference,
): tf.Tensor[] => reference(withDefaults(name, inputs, attrs));

/**
 * The outputs of a kernel, or those of `reference` where the backend in use has no kernels. Inputs of
 * defaults.ts may be left out.
 *
 * `reference` runs too where a kernel would have no gradient: `FusedNormalizeGrad` within a gradient.
 */
export function runKernel<Name extends KernelName>(
  name: Name,
  inputs: tf.NamedTensorMap,
  attrs: AttrsOf[Name],
  reference: Reference,
): tf.Tensor[] {
  const {state} = tf.engine();
  const isNested = name === FusedNormalizeGrad && state.gradientDepth > 0;
  const kernel = isNested ? null : kernelOn(tf.getBackend());
  if (kernel == null) return runReference(name, inputs, attrs, reference);
  // tfjs cannot save an absent input for the gradient (tensorflow/tfjs#2868).
  const isTaped = state.gradientDepth > 0 && state.kernelDepth === 0;
  const mayLeaveOut = kernel.isGeneral
    ? name === FusedNormalizeGiven
    : kernel.mayLeaveOut === true && paramCount(attrs.view) <= MOST_LEFT_OUT;
  const leavesOut = !isTaped && mayLeaveOut;
  const given = leavesOut ? inputs : withDefaults(name, inputs, attrs);
  const run = () => tf.engine().runKernel<tf.Tensor[]>(name, given, asAttrMap(attrs));
  return name === FusedNormalize && sharesWithTape()
    ? runShared(given, attrs as ForwardAttrs, run)
    : run();
}
