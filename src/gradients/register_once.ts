import {getGradient, type GradConfig, registerGradient} from '@tensorflow/tfjs-core';

/** Registers the gradient of a kernel, once however often this package is loaded. */
export function registerOnce(config: GradConfig): void {
  if (getGradient(config.kernelName) == null) registerGradient(config);
}
