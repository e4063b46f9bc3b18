/**
 * The one way to the processor, for tensors of any backend. The loops know gamma alone, so its offset is
 * added before them.
 */
import {type TensorInfo, util} from '@tensorflow/tfjs-core';
import {type AttrsOf, type KernelName, OUTPUTS} from '../contract.js';
import type {Inputs} from '../register.js';
import {type Arrays, planCall, runCall} from './call.js';
import type {Loops} from './loops.js';
import {loopsOfOwnMemory} from './own_memory.js';
import {PLAIN} from './plain/plain_kernels.js';

/** How a backend's tensors get to JavaScript's arrays and back. */
export type HostMemory = {
  read(tensor: TensorInfo): Float32Array;
  write(values: Float32Array, shape: number[]): TensorInfo;
};

/** A backend's memory that the processor computes in, without copies. */
export type SharedMemory = {
  /** The loops over it; `null` where they cannot be had. */
  readonly loops: Loops | null;
  /** The values of a tensor, until more memory is taken. */
  read(tensor: TensorInfo): Float32Array;
  makeOutput(shape: number[]): TensorInfo;
  dispose(tensor: TensorInfo): void;
};

/** Runs a kernel on copies of the tensors' values, or on the values where JavaScript has them. */
export function runOnHost<Name extends KernelName>(
  name: Name,
  memory: HostMemory,
  inputs: Inputs,
  attrs: AttrsOf[Name],
): TensorInfo[] {
  const outputs = OUTPUTS[name](attrs, inputs['x'].shape);
  const arrays: Arrays = {};
  for (const [input, tensor] of Object.entries(inputs)) arrays[input] = memory.read(tensor);
  const {gammaOffset = 0} = attrs;
  if (gammaOffset !== 0) arrays['gamma'] = arrays['gamma'].map(gamma => gamma + gammaOffset);
  for (const {name, shape} of outputs) arrays[name] = uninitialized(util.sizeFromShape(shape));
  compute(name, {...attrs, gammaOffset: 0}, Object.keys(arrays), null, () => arrays);
  return outputs.map(({name, shape}) => memory.write(arrays[name], shape));
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

/** An array without zeros where Node can do without: all of it will be written. */
function uninitialized(size: number): Float32Array {
  const {Buffer: node} = globalThis as {Buffer?: {allocUnsafeSlow?: (n: number) => Uint8Array}};
  const bytes = node?.allocUnsafeSlow?.(4 * size);
  return bytes == null
    ? new Float32Array(size)
    : new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, size);
}
