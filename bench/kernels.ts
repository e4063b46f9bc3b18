import * as tf from '@tensorflow/tfjs';
import {asAttrMap, FusedNormalize, type NormalizeAttrs} from '../src/kernels/contract.js';
import {normalize} from '../src/kernels/host/plain/normalize.js';
import {normalizeGrad, normalizeParamGrad} from '../src/kernels/host/plain/normalize_grad.js';
import {paramCount} from '../src/view.js';
import type {Bound, Data, Implementation, Param} from './implementation.js';

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
    if (tf.getKernel(FusedNormalize, tf.getBackend()) == null) return {passes: {}};
    const inputs = viewed(data, params, attrs);
    const {x, dy, gamma, beta} = inputs;
    const attrMap = asAttrMap(attrs);
    const forward = {x, gamma, beta};
    const [y, stats] = tf.engine().runKernel<tf.Tensor[]>(FusedNormalize, forward, attrMap);
    const dstats = tf.zerosLike(stats);
    const {gradFunc} = tf.getGradient(FusedNormalize);
    return {
      passes: {
        backward: () =>
          tf.tidy(() => {
            const grads = gradFunc([dy, dstats], [x, gamma, stats], attrMap);
            return ['x', ...params].map(input => grads[input]());
          }),
      },
      dispose: () => tf.dispose([...Object.values(inputs), y, stats, dstats]),
    };
  },
});

/** What runs where there is no SIMD. */
export const plainLoops = (attrs: NormalizeAttrs): Implementation => ({
  name: 'src/kernels/plain',
  kind: 'plain loops',
  bind: async (data, params): Promise<Bound> => {
    const tensors = Object.values(viewed(data, params, attrs));
    const arrays = await Promise.all(tensors.map(tensor => tensor.data<'float32'>()));
    const [x, dy, gamma, beta] = arrays;
    const saved = normalize(x, gamma, beta, attrs).stats;
    const dstats = new Float32Array(saved.length);
    const gradients = (stats: Float32Array) => {
      const dx = normalizeGrad(dy, x, gamma, stats, dstats, attrs);
      if (params.length === 0) return [dx];
      const both = normalizeParamGrad(dy, x, stats, attrs);
      const half = both.length / 2;
      return [dx, both.subarray(0, half), both.subarray(half)].slice(0, 1 + params.length);
    };
    return {
      passes: {
        forward: () => [normalize(x, gamma, beta, attrs).y],
        backward: () => gradients(saved),
        'forward + backward': () => gradients(normalize(x, gamma, beta, attrs).stats),
      },
      dispose: () => tf.dispose(tensors),
    };
  },
});
