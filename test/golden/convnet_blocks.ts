/** timm's and torchvision's parts of networks of convolutions. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {gelu, linear, type Tensors} from './block_parts.js';

type Config = {epsilon: number; gamma: number};

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
  StdConv2d(t: Tensors, {epsilon}: Config): Tensors {
    const kernel = tfn.normalize(kernelOf(t), {axis: [0, 1, 2], epsilon});
    return {y: convolved(t['x'], kernel, t['bias'])};
  },
  ScaledStdConv2d(t: Tensors, {epsilon, gamma}: Config): Tensors {
    const {x, gain, bias} = t;
    const kernel = kernelOf(t);
    const fanIn = kernel.size / bias.size;
    const scale = tf.mul(tf.reshape(gain, [-1]), gamma / Math.sqrt(fanIn));
    const config = {axis: [0, 1, 2], params: 3, gamma: scale, epsilon};
    return {y: convolved(x, tfn.normalize(kernel, config), bias)};
  },
  /** Two of ConvNeXt's blocks: LayerScale is the gate of the first before the norm of the second. */
  CNBlock(t: Tensors, {epsilon}: Config): Tensors {
    const norm = (x: tf.Tensor, block: number) =>
      tfn.layerNorm(x, {
        ...{gamma: t[`${block}.block.2.weight`], beta: t[`${block}.block.2.bias`], epsilon},
      });
    const dense = (x: tf.Tensor, block: number) =>
      linear(gelu(linear(x, t, `${block}.block.3`)), t, `${block}.block.5`);
    const scaled = (x: tf.Tensor, block: number) =>
      tf.mul(x, tf.reshape(t[`${block}.layer_scale`], [-1]));
    let x = tf.transpose(t['x'], [0, 2, 3, 1]);
    for (const block of [0, 1]) x = tf.add(x, scaled(dense(norm(x, block), block), block));
    return {y: tf.transpose(x, [0, 3, 1, 2])};
  },
};
