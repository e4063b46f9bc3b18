/** The parts of the blocks of blocks.json beside norms, in tf ops. */
import * as tf from '@tensorflow/tfjs-core';

export type Tensors = Record<string, tf.Tensor>;

export const silu = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

export const gelu = (x: tf.Tensor): tf.Tensor =>
  tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2))));

/** With tanh in the place of the error function. */
export function approximateGelu(x: tf.Tensor): tf.Tensor {
  const inner = tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x))));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(tf.mul(Math.sqrt(2 / Math.PI), inner))));
}

/** PyTorch's linear layer of this name: its weight is [outputs, inputs]. */
export function linear(x: tf.Tensor, t: Tensors, name: string): tf.Tensor {
  const {[`${name}.weight`]: weight, [`${name}.bias`]: bias} = t;
  const [outputs, inputs] = weight.shape;
  const y = tf.matMul(tf.reshape(x, [-1, inputs]), weight as tf.Tensor2D, false, true);
  return tf.reshape(bias == null ? y : tf.add(y, bias), [...x.shape.slice(0, -1), outputs]);
}

/** Attention of all positions to all, by `heads`; of q, k and v, each [batch, time, heads, size]. */
export function attention([q, k, v]: tf.Tensor[]): tf.Tensor {
  const [batch, time, heads, size] = q.shape;
  const [queries, keys, values] = [q, k, v].map(t => tf.transpose(t, [0, 2, 1, 3]));
  const scores = tf.mul(tf.matMul(queries, keys, false, true), size ** -0.5);
  const gathered = tf.transpose(tf.matMul(tf.softmax(scores), values), [0, 2, 1, 3]);
  return tf.reshape(gathered, [batch, time, heads * size]);
}

/** [batch, time, heads * size] as [batch, time, heads, size]. */
export function byHead(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, time, width] = x.shape;
  return tf.reshape(x, [batch, time, heads, width / heads]);
}
