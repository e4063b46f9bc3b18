import type * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeGrad, type GradAttrs} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGradReference} from '../reference.js';

type Inputs = {dy: tf.Tensor; x: tf.Tensor; stats: tf.Tensor};

/** The gradients of a normalization without parameters that `attrs` asks for: dx; dgamma and dbeta. */
export const normalizeGrad = (inputs: Inputs, attrs: GradAttrs): tf.Tensor[] =>
  runKernel(FusedNormalizeGrad, inputs, attrs, ({dy, x, gamma, stats}) => {
    const grads = normalizeGradReference(dy, x, {gamma}, null, attrs, stats);
    return attrs.wanted.dx ? [grads.x()] : [grads.gamma(), grads.beta()];
  });
