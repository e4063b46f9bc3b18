import {getKernel, registerKernel} from '@tensorflow/tfjs-core';
import type {TensorInfo} from '@tensorflow/tfjs-core';
import {type AttrsOf, type ForwardAttrs, FusedNormalize, type KernelName} from './contract.js';
import {noteKept} from './kept.js';

export type Inputs = Record<string, TensorInfo>;

/** Those of the inputs that have these names. */
export const picked = (inputs: Inputs, names: readonly string[]): Inputs =>
  Object.fromEntries(names.map(name => [name, inputs[name]]));

/** A kernel of the contract on a backend of tfjs. It returns all its outputs, also a single one, in a list. */
export type Kernel<Backend, Name extends KernelName> = (
  backend: Backend,
  inputs: Inputs,
  attrs: AttrsOf[Name],
) => TensorInfo[];

/** A backend is a table of the kernels. */
export type Kernels<Backend> = {readonly [Name in KernelName]: Kernel<Backend, Name>};

/** A table in which one function has all kernels. */
export const kernelsOf = <Backend>(
  kernel: <Name extends KernelName>(name: Name) => Kernel<Backend, Name>,
): Kernels<Backend> => ({
  FusedNormalize: kernel('FusedNormalize'),
  FusedNormalizeGrad: kernel('FusedNormalizeGrad'),
  FusedNormalizeGiven: kernel('FusedNormalizeGiven'),
});

/** Registers a backend's kernels, once however often this package is loaded. */
export function registerKernels<Backend>(backendName: string, kernels: Kernels<Backend>): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (getKernel(kernelName, backendName) != null) continue;
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({inputs, backend, attrs}) => {
        const outputs = (
          kernel as (backend: unknown, inputs: Inputs, attrs: unknown) => TensorInfo[]
        )(backend, inputs as Inputs, attrs);
        if (kernelName === FusedNormalize) noteKept(attrs as unknown as ForwardAttrs);
        return outputs;
      },
    });
  }
}
