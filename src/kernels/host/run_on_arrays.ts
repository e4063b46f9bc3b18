/** The way to JavaScript's arrays, for tensors of any backend: copies of their values, or the values themselves. */
import {type TensorInfo, util} from '@tensorflow/tfjs-core';
import {type AttrsOf, type KernelName, type NormalizeAttrs, OUTPUTS} from '../contract.js';
import {CONSTANTS, DEFAULTS} from '../defaults.js';
import type {Inputs} from '../register.js';
import {paramCount} from '../../view.js';
import type {Arrays} from './arrays.js';

/** How a backend's tensors get to JavaScript's arrays and back. */
export type HostMemory = {
  read(tensor: TensorInfo): Float32Array;
  write(values: Float32Array, shape: number[]): TensorInfo;
};

/** Writes the outputs among the arrays. The loops know gamma alone: its offset has been added. */
type Compute = <Name extends KernelName>(name: Name, attrs: AttrsOf[Name], arrays: Arrays) => void;

/** Runs a kernel on arrays. */
export function runOnArrays<Name extends KernelName>(
  name: Name,
  memory: HostMemory,
  inputs: Inputs,
  attrs: AttrsOf[Name],
  compute: Compute,
): TensorInfo[] {
  const outputs = OUTPUTS[name](attrs, inputs['x'].shape);
  const arrays: Arrays = {};
  for (const input of Object.keys(inputs)) arrays[input] = memory.read(inputs[input]);
  fillIn(arrays, name, attrs);
  const {gammaOffset = 0} = attrs;
  if (gammaOffset !== 0) arrays['gamma'] = arrays['gamma'].map(gamma => gamma + gammaOffset);
  for (const {name, shape} of outputs) arrays[name] = uninitialized(util.sizeFromShape(shape));
  compute(name, gammaOffset === 0 ? attrs : {...attrs, gammaOffset: 0}, arrays);
  return outputs.map(({name, shape}) => memory.write(arrays[name], shape));
}

/** Puts constants in the place of inputs that were left out. */
export function fillIn(arrays: Arrays, kernel: KernelName, {view}: NormalizeAttrs): void {
  for (const [input, value] of DEFAULTS[kernel]) {
    arrays[input] ??= CONSTANTS[value].subarray(0, paramCount(view));
  }
}

/** In bytes. For a smaller array, it costs more to ask Node than to write zeros. */
const LEAST_UNINITIALIZED = 2 ** 14;

/** An array without zeros where Node can do without: all of it will be written. */
function uninitialized(size: number): Float32Array {
  const {Buffer: node} = globalThis as {Buffer?: {allocUnsafeSlow?: (n: number) => Uint8Array}};
  const bytes = 4 * size < LEAST_UNINITIALIZED ? null : node?.allocUnsafeSlow?.(4 * size);
  return bytes == null
    ? new Float32Array(size)
    : new Float32Array(bytes.buffer as ArrayBuffer, bytes.byteOffset, size);
}
