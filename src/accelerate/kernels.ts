/** Our kernel and gradient under the name of tfjs's batch norm, on every backend that we have kernels for. */
import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeGiven} from '../kernels/contract.js';
import {hasKernels} from '../kernels/run.js';
import type {Acceleration} from './acceleration.js';
import {fusedBatchNorm} from './fused_batch_norm.js';
import {fusedBatchNormGrad} from './fused_batch_norm_grad.js';
import {holdersOf, type Make, type Place} from './replacement.js';

/** tfjs's backends. Our kernels are registered for them before they are there themselves. */
const BACKENDS = ['cpu', 'wasm', 'webgl', 'webgpu', 'tensorflow'];

export function replaceKernels(acceleration: Acceleration): void {
  // A program may have made others, with copies of these kernels.
  for (const backend of new Set([...BACKENDS, ...tf.engine().backendNames()])) {
    if (!hasKernels(backend)) continue;
    acceleration.replace(kernelOf(tf.FusedBatchNorm, backend), fusedBatchNorm);
    acceleration.replace(kernelOf(FusedNormalizeGiven, backend), refreshedOnSetup);
  }
  acceleration.replace(GRADIENT, fusedBatchNormGrad);
}

/**
 * A backend registers its kernels when it is imported, which may be later; tfjs then sets up all
 * kernels of its name, with ours among them.
 */
const refreshedOnSetup: Make<tf.KernelConfig> = before => {
  const ours: tf.KernelConfig = {
    ...before,
    setupFunc: backend => {
      before.setupFunc?.(backend);
      for (const holder of holdersOf(ours)) holder.refresh();
    },
  };
  return ours;
};

const kernelOf = (kernelName: string, backendName: string): Place<tf.KernelConfig> => ({
  get: () => tf.getKernel(kernelName, backendName),
  set: config => {
    // Else tfjs warns of the second one.
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel(config);
  },
});

const GRADIENT: Place<tf.GradConfig> = {
  get: () => tf.getGradient(tf.FusedBatchNorm),
  set: config => {
    tf.unregisterGradient(tf.FusedBatchNorm);
    tf.registerGradient(config);
  },
};
