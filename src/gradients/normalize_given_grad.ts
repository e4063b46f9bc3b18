import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  type NormalizeAttrs,
} from '../kernels/contract.js';
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
  gradFunc: (dys, saved, attrMap) => {
    const [dy] = [dys].flat();
    const [x, mean, variance, gamma] = saved;
    const attrs = attrMap as unknown as NormalizeAttrs;
    const rstd = () => tf.rsqrt(tf.add(variance, attrs.epsilon));
    const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: NormalizeAttrs) =>
      tf.engine().runKernel<tf.Tensor[]>(kernel, inputs, asAttrMap(attrs));

    const dx = () => {
      const zeros = tf.zerosLike(mean);
      const inputs = {x: dy, mean: zeros, variance, gamma, beta: zeros};
      return run(FusedNormalizeGiven, inputs, attrs)[0];
    };
    // Once for each that asks: a frozen layer wants neither, and each has a tidy of its own.
    const paramGrads = () => {
      const rows = [mean, tf.zerosLike(mean), variance, rstd()];
      const stats = tf.reshape(tf.stack(rows, 1), [-1, 2, 2]);
      const wanted = {wanted: {dx: false, dparams: true}};
      return run(FusedNormalizeGrad, {dy, x, gamma, stats}, {...attrs, ...wanted});
    };
    // A gradient that is itself differentiated must be made of ops that have gradients.
    const grads =
      tf.engine().state.gradientDepth > 0
        ? normalizeGivenGradReference(dy, {x, mean, variance, gamma}, attrs)
        : {x: dx, gamma: () => paramGrads()[0], beta: () => paramGrads()[1]};
    return {
      ...grads,
      mean: () => tf.neg(tf.mul(grads.beta(), tf.mul(gamma, rstd()))),
      variance: () => tf.mul(-0.5, tf.mul(grads.gamma(), tf.mul(gamma, tf.square(rstd())))),
    };
  },
};
