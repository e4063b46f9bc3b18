import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeGrad, type GradAttrs} from '../kernels/contract.js';
import {runKernel} from '../kernels/run.js';
import {normalizeGradReference} from '../reference.js';

type Inputs = Record<'dy' | 'x' | 'stats', tf.Tensor> &
  Partial<Record<'gamma' | 'beta' | 'dsum', tf.Tensor>>;

/** The gradients of a normalization that `attrs` asks for: dx, to which `dsum` is added; dgamma and dbeta. */
export const normalizeGrad = (inputs: Inputs, attrs: GradAttrs): tf.Tensor[] =>
  runKernel(FusedNormalizeGrad, inputs, attrs, ({dy, x, gamma, beta, stats, dsum}) => {
    const grads = normalizeGradReference(dy, x, {gamma, beta}, null, attrs, stats);
    const {wanted} = attrs;
    return [
      ...(wanted.dx ? [dsum == null ? grads.x() : tf.add(grads.x(), dsum)] : []),
      ...(wanted.dparams ? [grads.gamma(), grads.beta()] : []),
    ];
  });
