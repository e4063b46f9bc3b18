/** What is accelerated now. */
import {FusedBatchNorm, getKernel} from '@tensorflow/tfjs-core';
import {holdersOf} from './replacement.js';

/** The calls of `accelerate` that hold tfjs's layers. */
export const acceleratedLayers = new Set<object>();

/** What of tfjs runs on this package on a backend, if anything does. */
export function acceleratedOn(backend: string): {layers: boolean; kernels: boolean} | null {
  const layers = acceleratedLayers.size > 0;
  const kernels = holdersOf(getKernel(FusedBatchNorm, backend)).size > 0;
  return layers || kernels ? {layers, kernels} : null;
}
