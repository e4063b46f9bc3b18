/** Stands in for the kernels of the backends that have none yet. */
import * as tf from '@tensorflow/tfjs-core';
import {
  FusedNormalize,
  FusedNormalizeGrad,
  FusedNormalizeParamGrad,
  fromAttrMap,
} from '../../src/kernel_names.js';
import {normalizeGradReference, normalizeReference} from '../../src/reference.js';

type Inputs = Record<'x' | 'gamma' | 'beta' | 'dy' | 'dstats' | 'stats', tf.Tensor>;
type Kernel = (inputs: Inputs, attrs: ReturnType<typeof fromAttrMap>) => tf.Tensor | tf.Tensor[];

const KERNELS: Record<string, Kernel> = {
  [FusedNormalize]: ({x, gamma, beta}, attrs) => normalizeReference(x, gamma, beta, attrs),
  [FusedNormalizeGrad]: ({dy, x, gamma, dstats}, attrs) =>
    normalizeGradReference(dy, x, gamma, dstats, attrs).x(),
  [FusedNormalizeParamGrad]: ({dy, x, stats}, attrs) => {
    const count = attrs.view.reduce((n, {param, size}) => (param ? n * size : n), 1);
    const f = normalizeGradReference(dy, x, tf.ones([count]), tf.zerosLike(stats), attrs);
    return [f.gamma(), f.beta()];
  },
};

for (const backendName of ['webgl', 'webgpu']) {
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    if (tf.getKernel(kernelName, backendName) != null) continue;
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({inputs, attrs}) =>
        tf.tidy(() => kernel(inputs as Inputs, fromAttrMap(attrs))) as tf.TensorInfo[],
    });
  }
}
