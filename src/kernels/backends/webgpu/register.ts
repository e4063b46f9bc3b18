import {type Tensor, tidy} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {KernelName} from '../../contract.js';
import {type Kernel, registerKernels} from '../../register.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';

/** Registers the kernels of the `webgpu` backend. */
export const registerWebGPUKernels = (): void =>
  registerKernels<WebGPUBackend>(
    'webgpu',
    {
      FusedNormalize: tidied(normalize),
      FusedNormalizeGrad: tidied(normalizeGrad),
      FusedNormalizeGiven: tidied(normalizeGiven),
    },
    {isGeneral: true},
  );

/** The kernel, which frees what it does not return. */
const tidied =
  <Name extends KernelName>(kernel: Kernel<WebGPUBackend, Name>): Kernel<WebGPUBackend, Name> =>
  (backend, inputs, attrs) =>
    tidy(() => kernel(backend, inputs, attrs) as Tensor[]);
