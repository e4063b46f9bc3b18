import {getKernel, registerKernel} from '@tensorflow/tfjs-core';
import type {KernelConfig, TensorInfo} from '@tensorflow/tfjs-core';
import {type AttrsOf, type ForwardAttrs, FusedNormalize, type KernelName} from './contract.js';
import {noteKept} from './kept.js';

export type Inputs = Record<string, TensorInfo>;

/** The inputs that have these names. */
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

/** Why a backend in use does not run its native ops; null if it does. Backends without such have none. */
type WhyNotNative<Backend> = (backend: Backend) => string | null;

/** A kernel of ours, as it hangs in tfjs's registry, where another copy of this package finds it. */
export type Registered = KernelConfig & Traits<unknown>;

/** The abilities of a backend's kernels beside the contract. */
type Traits<Backend> = {
  readonly whyNotNative?: WhyNotNative<Backend>;
  /** Why the kernels cannot run here; null if they can. */
  readonly whyNot?: () => string | null;
  /** Whether a call may leave out the inputs of defaults.ts. */
  readonly mayLeaveOut?: boolean;
  /** Whether JavaScript can read a tensor's values without waiting for a device. Absent: it cannot. */
  readonly readsAtOnce?: (backend: Backend) => boolean;
  /** Whether the kernels are general, as contract.ts has it. */
  readonly isGeneral?: boolean;
};

/** Registers a backend's kernels, once however often this package is loaded. */
export function registerKernels<Backend>(
  backendName: string,
  kernels: Kernels<Backend>,
  traits: Traits<Backend> = {},
): void {
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    if (getKernel(kernelName, backendName) != null) continue;
    registerKernel({
      kernelName,
      backendName,
      ...traits,
      kernelFunc: ({inputs, backend, attrs}) => {
        const outputs = (
          kernel as (backend: unknown, inputs: Inputs, attrs: unknown) => TensorInfo[]
        )(backend, inputs as Inputs, attrs);
        if (kernelName === FusedNormalize) noteKept(attrs as unknown as ForwardAttrs);
        return outputs;
      },
    } as Registered);
  }
}

/** The answer of `whyNotNative` for a backend that has kernels; undefined where it has no native ops. */
export const whyNotNativeOn = (backendName: string, backend: unknown): string | null | undefined =>
  (getKernel(FusedNormalize, backendName) as Registered).whyNotNative?.(backend);
