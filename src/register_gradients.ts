import {getGradient, registerGradient} from '@tensorflow/tfjs-core';
import {normalizeGivenGradConfig} from './gradients/normalize_given_grad.js';
import {normalizeGradConfig} from './gradients/normalize_grad.js';

/** Registers the gradients of the kernels, once however often this package is loaded. */
export function registerGradients(): void {
  for (const config of [normalizeGradConfig, normalizeGivenGradConfig]) {
    if (getGradient(config.kernelName) == null) registerGradient(config);
  }
}
