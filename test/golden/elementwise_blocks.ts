/** DyT and Derf by the formulas of their authors, and timm's LayerScale. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import type {Tensors} from './block_parts.js';

type Config = {axis: number};

/** A branch that is scaled, and added to nothing. */
const layerScale = ({x, gamma: gate}: Tensors, {axis}: Config): Tensors => ({
  y: tfn.addLayerNorm(x, tf.zerosLike(x), {axis, gate}).sum,
});

export const ELEMENTWISE = {
  DynamicTanh({x, alpha, weight: gamma, bias: beta}: Tensors, {axis}: Config): Tensors {
    return {y: tfn.dynamicTanh(x, {axis, alpha, gamma, beta})};
  },
  DynamicErf({x, alpha, shift, weight: gamma, bias: beta}: Tensors, {axis}: Config): Tensors {
    return {y: tfn.dynamicErf(x, {axis, alpha, shift, gamma, beta})};
  },
  LayerScale: layerScale,
  LayerScale2d: layerScale,
};
