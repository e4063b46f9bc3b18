import * as tf from '@tensorflow/tfjs';
import {
  asAttrMap,
  type AttrsOf,
  type ForwardAttrs,
  FusedNormalize,
  FusedNormalizeGrad,
  type KernelName,
  type NormalizeAttrs,
  OUTPUTS,
} from '../src/kernels/contract.js';
import type {Arrays} from '../src/kernels/host/arrays.js';
import {PLAIN} from '../src/kernels/host/plain/plain_kernels.js';
import {hasKernels} from '../src/kernels/run.js';
import {paramCount} from '../src/view.js';
import type {Bound, Data, Implementation, Param} from './implementation.js';

/** The forward pass of training. */
export const forwardAttrs = (attrs: NormalizeAttrs): ForwardAttrs => ({
  ...attrs,
  ...{withStats: true, momentsShape: null, momentum: 0},
});

/** The backward pass, with the gradients of those parameters that there are. */
export const gradAttrs = (attrs: NormalizeAttrs, params: readonly Param[]) => ({
  ...attrs,
  wanted: {dx: true, dparams: params.length > 0},
});

/** The tensors as the kernels get them. */
export const viewed = (
  {x, dy, gamma, beta}: Data,
  params: readonly Param[],
  attrs: NormalizeAttrs,
) => {
  const shape = attrs.view.map(axis => axis.size);
  const flat = [paramCount(attrs.view)];
  return {
    x: tf.reshape(x, shape),
    dy: tf.reshape(dy, shape),
    gamma: params.includes('gamma') ? tf.clone(gamma) : tf.ones(flat),
    beta: params.includes('beta') ? tf.clone(beta) : tf.zeros(flat),
  };
};

/** The backward pass alone: what tfjs's tape runs, with the statistics that the forward pass saved. */
export const backward = (name: string, attrs: NormalizeAttrs): Implementation => ({
  name: `${name}, kernels`,
  kind: 'ours',
  bind: (data, params) => {
    if (!hasKernels(tf.getBackend())) return {passes: {}};
    const {x, dy, gamma, beta} = viewed(data, params, attrs);
    const attrMap = asAttrMap(forwardAttrs(attrs));
    const [y, stats] = tf
      .engine()
      .runKernel<tf.Tensor[]>(FusedNormalize, {x, gamma, beta}, attrMap);
    const {gradFunc} = tf.getGradient(FusedNormalize);
    return {
      passes: {
        backward: () =>
          tf.tidy(() => {
            const grads = gradFunc([dy], [x, gamma, beta, stats], attrMap);
            return ['x', ...params].map(input => grads[input]());
          }),
      },
      dispose: () => tf.dispose([x, dy, gamma, beta, y, stats]),
    };
  },
});

/** The loops that run where there is no SIMD. */
export const plainLoops = (attrs: NormalizeAttrs): Implementation => ({
  name: 'src/kernels/host/plain',
  kind: 'plain loops',
  bind: async (data, params): Promise<Bound> => {
    const tensors = viewed(data, params, attrs);
    const inputs: Arrays = {};
    for (const [name, tensor] of Object.entries(tensors)) {
      inputs[name] = await tensor.data<'float32'>();
    }
    const run = <Name extends KernelName>(kernel: Name, inputs: Arrays, attrs: AttrsOf[Name]) => {
      const outputs = OUTPUTS[kernel](attrs, tensors.x.shape);
      const made = outputs.map(({shape}) => new Float32Array(tf.util.sizeFromShape(shape)));
      const arrays = {...inputs};
      outputs.forEach(({name}, i) => (arrays[name] = made[i]));
      PLAIN[kernel](arrays, attrs);
      return made;
    };
    const forward = () => run(FusedNormalize, inputs, forwardAttrs(attrs));
    const gradients = (stats: Float32Array) =>
      run(FusedNormalizeGrad, {...inputs, stats}, gradAttrs(attrs, params)).slice(
        0,
        1 + params.length,
      );
    const [, saved] = forward();
    return {
      passes: {
        forward: () => forward().slice(0, 1),
        backward: () => gradients(saved),
        'forward + backward': () => gradients(forward()[1]),
      },
      dispose: () => tf.dispose(tensors),
    };
  },
});
