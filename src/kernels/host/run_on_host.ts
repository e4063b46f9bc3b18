/**
 * The one way to the processor, for tensors of any backend. The loops know gamma alone, so its offset is
 * added before them.
 */
import type {TensorInfo} from '@tensorflow/tfjs-core';
import {type AttrsOf, type KernelName, OUTPUTS} from '../contract.js';
import type {Inputs} from '../register.js';
import {planCall, runCall} from './call.js';
import type {Loops} from './loops.js';
import {loopsOfOwnMemory} from './own_memory.js';
import {PLAIN} from './plain/plain_kernels.js';
import {type HostMemory, runOnArrays} from './run_on_arrays.js';
import type {Arrays} from './arrays.js';

/** A backend's memory that the processor computes in, without copies. */
export type SharedMemory = {
  /** The loops over it; `null` where they cannot be had. */
  readonly loops: Loops | null;
  /** The values of a tensor, until more memory is taken. */
  read(tensor: TensorInfo): Float32Array;
  makeOutput(shape: number[]): TensorInfo;
  dispose(tensor: TensorInfo): void;
};

/** Runs a kernel on arrays, in the fast loops. */
export function runOnHost<Name extends KernelName>(
  name: Name,
  memory: HostMemory,
  inputs: Inputs,
  attrs: AttrsOf[Name],
): TensorInfo[] {
  return runOnArrays(name, memory, inputs, attrs, (name, attrs, arrays) =>
    compute(name, attrs, Object.keys(arrays), null, () => arrays),
  );
}

/** Runs a kernel in the memory where the tensors are. */
export function runInPlace<Name extends KernelName>(
  name: Name,
  memory: SharedMemory,
  inputs: Inputs,
  attrs: AttrsOf[Name],
): TensorInfo[] {
  const outputs = OUTPUTS[name](attrs, inputs['x'].shape);
  const {gammaOffset = 0} = attrs;
  const offset = gammaOffset === 0 ? null : memory.makeOutput(inputs['gamma'].shape);
  const tensors: Inputs = offset == null ? {...inputs} : {...inputs, gamma: offset};
  try {
    if (offset != null) {
      const gamma = memory.read(inputs['gamma']);
      memory.read(offset).set(gamma.map(gamma => gamma + gammaOffset));
    }
    for (const {name, shape} of outputs) tensors[name] = memory.makeOutput(shape);
    compute(name, {...attrs, gammaOffset: 0}, Object.keys(tensors), memory.loops, () =>
      Object.fromEntries(Object.entries(tensors).map(([name, t]) => [name, memory.read(t)])),
    );
  } catch (error) {
    for (const {name} of outputs) if (name in tensors) memory.dispose(tensors[name]);
    throw error;
  } finally {
    if (offset != null) memory.dispose(offset);
  }
  return outputs.map(({name}) => tensors[name]);
}

/**
 * Writes the outputs: by the fast loops in place, else tile by tile in a memory of our own, else in
 * plain loops. Takes the arrays when all memory is there, since more memory would detach them.
 */
function compute<Name extends KernelName>(
  name: Name,
  attrs: AttrsOf[Name],
  names: readonly string[],
  inPlace: Loops | null,
  arrays: () => Arrays,
): void {
  const loops = inPlace ?? loopsOfOwnMemory();
  const call = loops && planCall(loops, name, attrs, names, inPlace == null);
  const address = call && loops!.reserve(call.bytes);
  if (address != null) {
    try {
      if (runCall(loops!, call!, attrs, arrays(), address)) return;
    } finally {
      loops!.release(address);
    }
  }
  PLAIN[name](arrays(), attrs);
}
