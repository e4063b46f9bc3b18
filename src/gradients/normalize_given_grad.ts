import * as tf from '@tensorflow/tfjs-core';
import {FusedNormalizeGiven, FusedNormalizeParamGrad, fromAttrMap} from '../kernels/contract.js';
import {apart} from '../param_grads.js';
import {normalizeGivenGradReference} from '../reference.js';

/**
 * The gradient with given statistics, which is linear in `dy`:
 *
 *     dx = dy * gamma * rstd      dmean     = -dbeta * gamma * rstd
 *                                 dvariance = -dgamma * gamma * rstd² / 2
 */
export const normalizeGivenGradConfig: tf.GradConfig = {
  kernelName: FusedNormalizeGiven,
  inputsToSave: ['x', 'mean', 'variance', 'gamma'],
  gradFunc: (dys, saved, attrs) => {
    const dy = dys as tf.Tensor;
    const [x, mean, variance, gamma] = saved;
    const normAttrs = fromAttrMap(attrs);
    const rstd = () => tf.rsqrt(tf.add(variance, normAttrs.epsilon));
    const run = (kernel: string, inputs: tf.NamedTensorMap) =>
      tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, inputs, attrs);

    const dx = () => {
      const zeros = tf.zerosLike(mean);
      const inputs = {x: dy, mean: zeros, variance, gamma, beta: zeros};
      return run(FusedNormalizeGiven, inputs) as tf.Tensor;
    };
    // Once for each that asks: a frozen layer wants neither, and each has a tidy of its own.
    const paramGrads = () => {
      const rows = [mean, tf.zerosLike(mean), variance, rstd()];
      const stats = tf.reshape(tf.stack(rows, 1), [-1, 2, 2]);
      return apart(run(FusedNormalizeParamGrad, {dy, x, stats}));
    };
    // A gradient that is itself differentiated must be made of ops that have gradients.
    const grads =
      tf.engine().state.gradientDepth > 0
        ? normalizeGivenGradReference(dy, {x, mean, variance, gamma}, normAttrs)
        : {x: dx, gamma: () => paramGrads()[0], beta: () => paramGrads()[1]};
    return {
      ...grads,
      mean: () => tf.neg(tf.mul(grads.beta(), tf.mul(gamma, rstd()))),
      variance: () => tf.mul(-0.5, tf.mul(grads.gamma(), tf.mul(gamma, tf.square(rstd())))),
    };
  },
};
