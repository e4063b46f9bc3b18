import * as tf from '@tensorflow/tfjs-core';
import {
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
  fromAttrMap,
} from '../../contract.js';
import type {NormalizeAttrs} from '../../contract.js';
import {runOnArrays} from './arrays.js';
import {SMALL} from './limits.js';
import {runNative} from './native/run.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';
import {type NodeBackend, TensorFlow} from './tensorflow.js';

type Kernel = (
  ops: TensorFlow,
  inputs: Record<string, tf.TensorInfo>,
  attrs: NormalizeAttrs,
) => tf.TensorInfo | tf.TensorInfo[];

const KERNELS: Record<string, Kernel> = {
  [FusedNormalize]: (ops, {x, gamma, beta}, attrs) => normalize(ops, x, gamma, beta, attrs),
  [FusedNormalizeGiven]: normalizeGiven,
  [FusedNormalizeGrad]: (ops, inputs, attrs) => normalizeGrad(ops, inputs, attrs).dx(),
  [FusedNormalizeParamGrad]: (ops, inputs, attrs) => normalizeGrad(ops, inputs, attrs).dparams(),
  [FusedNormalizeGrads]: (ops, inputs, attrs) => {
    const {dx, dparams} = normalizeGrad(ops, inputs, attrs);
    return [dx(), dparams()];
  },
};

/** Registers the kernels of the `tensorflow` backend, once however often this package is loaded. */
export function registerNodeKernels(): void {
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    if (tf.getKernel(kernelName, 'tensorflow') != null) continue;
    tf.registerKernel({
      kernelName,
      backendName: 'tensorflow',
      kernelFunc: args => {
        const inputs = args.inputs as Record<string, tf.TensorInfo>;
        const backend = args.backend as NodeBackend;
        const attrs = fromAttrMap(args.attrs);
        const native = tf.tidy(() => runNative(kernelName, backend, inputs, attrs));
        if (native.length > 0) return native.length > 1 ? native : native[0];
        if (tf.util.sizeFromShape(inputs['x'].shape) <= SMALL) {
          const outputs = runOnArrays(kernelName, backend, inputs, attrs);
          return outputs.length > 1 ? outputs : outputs[0];
        }
        // What the ops return are tensors, as all results here are.
        return tf.tidy(() => kernel(new TensorFlow(backend), inputs, attrs) as tf.Tensor);
      },
    });
  }
}
