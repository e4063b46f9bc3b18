import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  type NormalizeAttrs,
} from '../kernels/contract.js';
import {broadcastTo} from '../any_rank.js';
import {axesWithout, shaped} from '../reference_affine.js';
import {givenActivationGrad, normalizeGivenGradReference} from '../reference_given.js';
import {sum} from '../sum.js';

/** The tensors that the gradient with given statistics needs. */
type Given = Record<'x' | 'mean' | 'variance' | 'gamma', tf.Tensor>;
/** The gradient of each input of the kernel, for those who ask. */
export type GivenGrads = Record<keyof Given | 'beta', () => tf.Tensor>;

/**
 * The gradient with given statistics, which is linear in `dz`, the gradient in front of the activation:
 *
 *     dx = dz * gamma * rstd      dmean     = -dbeta * gamma * rstd
 *                                 dvariance = -dgamma * gamma * rstd² / 2
 *
 * where gamma stands for `gamma + gammaOffset`.
 *
 * @param atOnce Whether to compute dgamma and dbeta now, for all who ask. Otherwise the kernel runs
 *     once for each: none can leave a result for the next, since each has a tidy of its own.
 */
export function normalizeGivenGrads(
  dz: tf.Tensor,
  {x, mean, variance, gamma}: Given,
  attrs: NormalizeAttrs,
  atOnce: boolean,
): GivenGrads {
  const factor = () => (attrs.gammaOffset ? tf.add(gamma, attrs.gammaOffset) : gamma);
  const rstd = tf.rsqrt(tf.add(variance, attrs.epsilon));
  const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: NormalizeAttrs) =>
    tf.engine().runKernel<tf.Tensor[]>(kernel, inputs, asAttrMap(attrs));

  const dx = () => {
    const zeros = tf.zerosLike(mean);
    const inputs = {x: dz, mean: zeros, variance, gamma, beta: zeros};
    return run(FusedNormalizeGiven, inputs, attrs)[0];
  };
  const paramGrads = () => {
    const rows = [mean, tf.zerosLike(mean), variance, rstd];
    const stats = tf.reshape(tf.stack(rows, 1), [-1, 2, 2]);
    const wanted = {wanted: {dx: false, dparams: true}};
    return run(FusedNormalizeGrad, {dy: dz, x, gamma, stats}, {...attrs, ...wanted});
  };
  function fused() {
    const shared = atOnce ? tf.tidy(paramGrads) : null;
    const [dgamma, dbeta] = [0, 1].map(i => () => shared?.[i] ?? paramGrads()[i]);
    return {x: dx, gamma: dgamma, beta: dbeta};
  }
  // A gradient that is itself differentiated must be made of ops that have gradients.
  const grads =
    tf.engine().state.gradientDepth > 0
      ? normalizeGivenGradReference(dz, {x, mean, variance, gamma}, attrs)
      : fused();
  return {
    ...grads,
    mean: () => tf.neg(tf.mul(grads.beta(), tf.mul(factor(), rstd))),
    variance: () => tf.mul(-0.5, tf.mul(grads.gamma(), tf.mul(factor(), tf.square(rstd)))),
  };
}

export const normalizeGivenGradConfig: tf.GradConfig = {
  kernelName: FusedNormalizeGiven,
  inputsToSave: ['x', 'mean', 'variance', 'gamma', 'beta'],
  gradFunc: (dys, saved, attrMap) => {
    const [x, mean, variance, gamma, beta] = saved;
    const {activation, ...attrs} = attrMap as unknown as NormalizeAttrs;
    const inputs = {x, mean, variance, gamma, beta};
    const dz = givenActivationGrad([dys].flat()[0], inputs, {...attrs, activation});
    // A frozen layer wants neither dgamma nor dbeta.
    const isPlain = saved.slice(1).every(({rank}) => rank === 1);
    return !isPlain || attrs.view.some(axis => axis.without != null)
      ? gradsOfEach(dz, inputs, attrs)
      : normalizeGivenGrads(dz, inputs, attrs, false);
  },
};

const PARAMS = ['mean', 'variance', 'gamma', 'beta'] as const;

/** The same of parameters in any shapes: they are repeated along all axes of any, and their gradients summed. */
function gradsOfEach(
  dz: tf.Tensor,
  inputs: Given & {beta: tf.Tensor},
  attrs: NormalizeAttrs,
): GivenGrads {
  const even = attrs.view.map(({size, reduced, param}) => ({size, reduced, param}));
  const shape = even.map(({size, param}) => (param ? size : 1));
  const repeated = (name: Exclude<keyof Given, 'x'>) =>
    tf.reshape(broadcastTo(shaped(inputs[name], attrs.view, name), shape), [-1]);
  const [mean, variance, gamma] = [repeated('mean'), repeated('variance'), repeated('gamma')];
  const grads = normalizeGivenGrads(dz, {x: inputs.x, mean, variance, gamma}, {...attrs, view: even}, false); // prettier-ignore
  const summed = (name: (typeof PARAMS)[number]) => () =>
    tf.reshape(
      sum(tf.reshape(grads[name](), shape), axesWithout(attrs.view, name)),
      inputs[name].shape,
    );
  return {
    x: grads.x,
    ...Object.fromEntries(PARAMS.map(name => [name, summed(name)])),
  } as GivenGrads;
}
