/** timm's, diffusers' and torchvision's parts of networks of convolutions. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {gelu, linear, type Tensors} from './block_parts.js';

type Config = {axis: number; epsilon: number; gamma: number};

/** A convolution whose kernel lies on the image once, by a kernel of tfjs's shape. */
function convolved(x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const [batch] = x.shape;
  const outputs = kernel.shape[3]!;
  const patches = tf.reshape(tf.transpose(x, [0, 2, 3, 1]), [batch, -1]);
  const y = tf.add(tf.matMul(patches, tf.reshape(kernel, [-1, outputs])), bias);
  return tf.reshape(y, [batch, outputs, 1, 1]);
}

/** PyTorch's [outputs, inputs, height, width] as tfjs's [height, width, inputs, outputs]. */
const kernelOf = ({weight}: Tensors): tf.Tensor => tf.transpose(weight, [2, 3, 1, 0]);

export const CONVNETS = {
  /** diffusers' parameters are [1, 1, 1, channels]. */
  GlobalResponseNorm({x, ...t}: Tensors, {axis}: Config): Tensors {
    const [gamma, beta] = [t['gamma'] ?? t['weight'], t['beta'] ?? t['bias']];
    const flat = {gamma: tf.reshape(gamma, [-1]), beta: tf.reshape(beta, [-1])};
    return {y: tfn.globalResponseNorm(x, {axis, ...flat})};
  },
  StdConv2d(t: Tensors, {epsilon}: Config): Tensors {
    const kernel = tfn.standardizeWeights(kernelOf(t), {epsilon});
    return {y: convolved(t['x'], kernel, t['bias'])};
  },
  ScaledStdConv2d(t: Tensors, {epsilon, gamma}: Config): Tensors {
    const {x, bias} = t;
    const gain = tf.reshape(t['gain'], [-1]);
    const kernel = tfn.standardizeWeights(kernelOf(t), {scaled: true, gain, gamma, epsilon});
    return {y: convolved(x, kernel, bias)};
  },
  /** Two of ConvNeXt's blocks: LayerScale is the gate of the first before the norm of the second. */
  CNBlock(t: Tensors, {epsilon}: Config): Tensors {
    const affine = (block: number) => ({
      gamma: t[`${block}.block.2.weight`],
      beta: t[`${block}.block.2.bias`],
      epsilon,
    });
    const dense = (x: tf.Tensor, block: number) =>
      linear(gelu(linear(x, t, `${block}.block.3`)), t, `${block}.block.5`);
    const scale = (block: number) => tf.reshape(t[`${block}.layer_scale`], [-1]);
    const x = tf.transpose(t['x'], [0, 2, 3, 1]);
    const first = dense(tfn.layerNorm(x, affine(0)), 0);
    const {y, sum} = tfn.addLayerNorm(first, x, {...affine(1), gate: scale(0)});
    const out = tf.add(sum, tf.mul(dense(y, 1), scale(1)));
    return {y: tf.transpose(out, [0, 3, 1, 2])};
  },
};
