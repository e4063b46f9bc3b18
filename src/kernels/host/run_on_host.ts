/**
 * The one way to the processor, for tensors of any backend. The loops know gamma alone, so its offset is
 * added before them.
 */
import type {TensorInfo} from '@tensorflow/tfjs-core';
import {type AttrsOf, type KernelName, OUTPUTS} from '../contract.js';
import {DEFAULTS} from '../defaults.js';
import type {Inputs} from '../register.js';
import type {Arrays} from './arrays.js';
import {type Addresses, planCall, runInPlace, runInTiles} from './call.js';
import type {Loops} from './loops.js';
import {loopsOfOwnMemory} from './own_memory.js';
import {PLAIN} from './plain/plain_kernels.js';
import {fillIn, type HostMemory, runOnArrays} from './run_on_arrays.js';

/** A backend's memory that the processor computes in, without copies. */
export type SharedMemory = {
  /** The loops over it; `null` where they cannot be had. */
  readonly loops: Loops | null;
  /** Where the values of a tensor are, in bytes. */
  addressOf(tensor: TensorInfo): number;
  /** Where `MOST_LEFT_OUT` elements of a value are. */
  addressOfConstant(value: 0 | 1): number;
  /** The values of a tensor, until more memory is taken. */
  read(tensor: TensorInfo): Float32Array;
  makeOutput(shape: number[]): TensorInfo;
  dispose(tensor: TensorInfo): void;
};

/** Runs a kernel on arrays, in the fast loops. */
export const runOnHost = <Name extends KernelName>(
  name: Name,
  memory: HostMemory,
  inputs: Inputs,
  attrs: AttrsOf[Name],
): TensorInfo[] => runOnArrays(name, memory, inputs, attrs, compute);

/** Writes the outputs, which are among the arrays: by the fast loops tile by tile, else by the plain ones. */
function compute<Name extends KernelName>(name: Name, attrs: AttrsOf[Name], arrays: Arrays): void {
  const loops = loopsOfOwnMemory();
  const call = loops && planCall(loops, name, attrs, Object.keys(arrays), true);
  const address = call && loops!.reserve(call.bytes);
  if (address != null && runInTiles(loops!, call!, attrs, arrays, address)) return;
  PLAIN[name](arrays, attrs);
}

/** Runs a kernel in the memory where the tensors are. */
export function runInMemory<Name extends KernelName>(
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
    computeInMemory(name, memory, gammaOffset === 0 ? attrs : {...attrs, gammaOffset: 0}, tensors);
  } catch (error) {
    for (const {name} of outputs) if (name in tensors) memory.dispose(tensors[name]);
    throw error;
  } finally {
    if (offset != null) memory.dispose(offset);
  }
  return outputs.map(({name}) => tensors[name]);
}

/** The same as `compute`, for the tensors of a memory: by the loops over it, if there are any. */
function computeInMemory<Name extends KernelName>(
  name: Name,
  memory: SharedMemory,
  attrs: AttrsOf[Name],
  tensors: Inputs,
): void {
  const {loops} = memory;
  if (loops != null) {
    const addresses = addressesOf(name, memory, tensors);
    const call = planCall(loops, name, attrs, Object.keys(addresses), false);
    const address = call && loops.reserve(call.bytes);
    if (address != null) {
      try {
        if (runInPlace(loops, call!, attrs, addresses, address)) return;
      } finally {
        loops.release(address);
      }
    }
  }
  // All memory is there by now: more of it would detach the arrays.
  const arrays: Arrays = {};
  for (const tensor of Object.keys(tensors)) arrays[tensor] = memory.read(tensors[tensor]);
  fillIn(arrays, name, attrs);
  if (loops == null) compute(name, attrs, arrays);
  else PLAIN[name](arrays, attrs);
}

/** The addresses of all arrays, those of inputs that were left out among them. */
function addressesOf(kernel: KernelName, memory: SharedMemory, tensors: Inputs): Addresses {
  const addresses: Record<string, number> = {};
  for (const [name, value] of DEFAULTS[kernel]) {
    if (tensors[name] == null) addresses[name] = memory.addressOfConstant(value);
  }
  for (const name of Object.keys(tensors)) addresses[name] = memory.addressOf(tensors[name]);
  return addresses;
}
