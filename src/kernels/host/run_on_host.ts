import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {AttrsOf, KernelName} from '../contract.js';
import type {Inputs} from '../register.js';

/** How a backend's tensors get to the processor and back. */
export type HostMemory = {
  read(tensor: TensorInfo): Float32Array;
  write(values: Float32Array, shape: number[]): TensorInfo;
};

/** Runs a kernel on the processor, on tensors of any backend. */
export function runOnHost<Name extends KernelName>(
  name: Name,
  memory: HostMemory,
  inputs: Inputs,
  attrs: AttrsOf[Name],
): TensorInfo[] {
  throw new Error(`${name} ${String(memory)} ${String(inputs)} ${String(attrs)}`);
}
