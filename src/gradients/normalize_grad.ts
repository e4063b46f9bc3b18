import * as tf from '@tensorflow/tfjs-core';
import {
  FusedNormalize,
  FusedNormalizeGrad,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
  fromAttrMap,
} from '../kernels/contract.js';
import {apart} from '../param_grads.js';
import {normalizeGradReference} from '../reference.js';

/** The gradient of every normalization op. Saves inputs and statistics, never `y`. */
export const normalizeGradConfig: tf.GradConfig = {
  kernelName: FusedNormalize,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true],
  gradFunc: (dys, saved, attrs) => {
    const [dy, dstats] = dys as tf.Tensor[];
    const [x, gamma, stats] = saved;

    // A gradient that is itself differentiated must be made of ops that have gradients, and may
    // not use a saved output: tfjs takes that for a constant (tensorflow/tfjs#3252).
    if (tf.engine().state.gradientDepth > 0) {
      return normalizeGradReference(dy, x, gamma, dstats, fromAttrMap(attrs));
    }

    const run = (kernel: string, inputs: tf.NamedTensorMap) =>
      tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, inputs, attrs);
    const inputs = {dy, x, gamma, stats, dstats};
    const paramGrads = () => apart(run(FusedNormalizeParamGrad, {dy, x, stats}));
    // What gives several gradients cannot wait in a function below: each has a tidy of its own.
    // A view without parameters hardly ever asks for theirs, so there it does wait.
    const hasParams = fromAttrMap(attrs).view.some(axis => axis.param);
    if (hasParams && tf.getKernel(FusedNormalizeGrads, tf.getBackend()) != null) {
      const [dx, ...dparams] = run(FusedNormalizeGrads, inputs) as tf.Tensor[];
      const [dgamma, dbeta] = apart(dparams);
      return {x: () => dx, gamma: () => dgamma, beta: () => dbeta};
    }
    const eager = hasParams ? paramGrads() : null;
    return {
      x: () => run(FusedNormalizeGrad, inputs) as tf.Tensor,
      gamma: () => (eager ?? paramGrads())[0],
      beta: () => (eager ?? paramGrads())[1],
    };
  },
};
