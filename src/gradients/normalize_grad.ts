import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  type ForwardAttrs,
  FusedNormalize,
  FusedNormalizeGrad,
} from '../kernels/contract.js';
import {normalizeGradReference} from '../reference.js';

/** The gradient of every normalization op. Saves inputs and statistics, never `y`. */
export const normalizeGradConfig: tf.GradConfig = {
  kernelName: FusedNormalize,
  inputsToSave: ['x', 'gamma', 'beta'],
  outputsToSave: [false, true],
  gradFunc: (dys, saved, attrMap) => {
    const {momentsShape, momentum, ...others} = attrMap as unknown as ForwardAttrs;
    const {view, statistic, epsilon, gammaOffset, activation} = others;
    const attrs = {view, statistic, epsilon, gammaOffset, activation};
    const [dy, , dmean, dspread] = dys as tf.Tensor[];
    const [x, gamma, beta, stats] = saved;
    const dmoments = momentsShape == null || momentum !== 0 ? null : {dmean, dspread};

    // A gradient that is itself differentiated must be made of ops that have gradients, and may
    // not use a saved output: tfjs takes that for a constant (tensorflow/tfjs#3252).
    if (tf.engine().state.gradientDepth > 0) {
      return normalizeGradReference(dy, x, {gamma, beta}, dmoments, attrs);
    }
    const run = (wanted: {dx: boolean; dparams: boolean}) =>
      tf
        .engine()
        .runKernel<tf.Tensor[]>(
          FusedNormalizeGrad,
          {dy, x, gamma, stats, ...dmoments, ...(activation && {beta})},
          asAttrMap({...attrs, ...{wanted}}),
        );
    // All at once: tfjs does not say which gradients it will ask for, and each of the functions
    // below has a tidy of its own, so that none can leave a result for the next. Only the
    // gradients of parameters that the view does not have are hardly ever asked for, and wait.
    const hasParams = view.some(axis => axis.param);
    const [dx, dgamma, dbeta] = run({dx: true, dparams: hasParams});
    const waiting = () => run({dx: false, dparams: true});
    return {
      x: () => dx,
      gamma: () => dgamma ?? waiting()[0],
      beta: () => dbeta ?? waiting()[1],
    };
  },
};
