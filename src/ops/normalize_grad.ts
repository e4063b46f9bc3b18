import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeGrad, type GradAttrs} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGradReference} from '../reference.js';

type Inputs = {dy: tf.Tensor; x: tf.Tensor; stats: tf.Tensor; gamma?: tf.Tensor; dsum?: tf.Tensor};

/** The gradients of a normalization that `attrs` asks for: dx, to which `dsum` is added; dgamma and dbeta. */
export const normalizeGrad = (inputs: Inputs, attrs: GradAttrs): tf.Tensor[] =>
  runKernel(FusedNormalizeGrad, inputs, attrs, ({dy, x, gamma, stats, dsum}) => {
    const grads = normalizeGradReference(dy, x, {gamma}, null, attrs, stats);
    const {wanted} = attrs;
    return [
      ...(wanted.dx ? [dsum == null ? grads.x() : tf.add(grads.x(), dsum)] : []),
      ...(wanted.dparams ? [grads.gamma(), grads.beta()] : []),
    ];
  });
