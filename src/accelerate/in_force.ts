/** The accelerations in force. */
import {FusedBatchNorm, getKernel} from '@tensorflow/tfjs-core';
import {holdersOf} from './replacement.js';

/** The calls of `accelerate` that hold tfjs's layers. */
export const acceleratedLayers = new Set<object>();

/** The parts of tfjs that run on this package on a backend, if any do. */
export function acceleratedOn(backend: string): {layers: boolean; kernels: boolean} | null {
  const layers = acceleratedLayers.size > 0;
  const kernels = holdersOf(getKernel(FusedBatchNorm, backend)).size > 0;
  return layers || kernels ? {layers, kernels} : null;
}
