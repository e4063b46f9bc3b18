import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  type NormalizeAttrs,
} from '../kernels/contract.js';
import {givenActivationGrad, normalizeGivenGradReference} from '../reference_given.js';

/**
 * The gradient with given statistics, which is linear in `dz`, the gradient in front of the activation:
 *
 *     dx = dz * gamma * rstd      dmean     = -dbeta * gamma * rstd
 *                                 dvariance = -dgamma * gamma * rstd² / 2
 *
 * where gamma stands for `gamma + gammaOffset`.
 */
export const normalizeGivenGradConfig: tf.GradConfig = {
  kernelName: FusedNormalizeGiven,
  inputsToSave: ['x', 'mean', 'variance', 'gamma', 'beta'],
  gradFunc: (dys, saved, attrMap) => {
    const [x, mean, variance, gamma, beta] = saved;
    const {activation, ...attrs} = attrMap as unknown as NormalizeAttrs;
    const dz = givenActivationGrad(
      [dys].flat()[0],
      {x, mean, variance, gamma, beta},
      {...attrs, activation},
    );
    const factor = () => (attrs.gammaOffset ? tf.add(gamma, attrs.gammaOffset) : gamma);
    const rstd = () => tf.rsqrt(tf.add(variance, attrs.epsilon));
    const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: NormalizeAttrs) =>
      tf.engine().runKernel<tf.Tensor[]>(kernel, inputs, asAttrMap(attrs));

    const dx = () => {
      const zeros = tf.zerosLike(mean);
      const inputs = {x: dz, mean: zeros, variance, gamma, beta: zeros};
      return run(FusedNormalizeGiven, inputs, attrs)[0];
    };
    // Once for each that asks: a frozen layer wants neither, and each has a tidy of its own.
    const paramGrads = () => {
      const rows = [mean, tf.zerosLike(mean), variance, rstd()];
      const stats = tf.reshape(tf.stack(rows, 1), [-1, 2, 2]);
      const wanted = {wanted: {dx: false, dparams: true}};
      return run(FusedNormalizeGrad, {dy: dz, x, gamma, stats}, {...attrs, ...wanted});
    };
    // A gradient that is itself differentiated must be made of ops that have gradients.
    const grads =
      tf.engine().state.gradientDepth > 0
        ? normalizeGivenGradReference(dz, {x, mean, variance, gamma}, attrs)
        : {x: dx, gamma: () => paramGrads()[0], beta: () => paramGrads()[1]};
    return {
      ...grads,
      mean: () => tf.neg(tf.mul(grads.beta(), tf.mul(factor(), rstd()))),
      variance: () => tf.mul(-0.5, tf.mul(grads.gamma(), tf.mul(factor(), tf.square(rstd())))),
    };
  },
};
