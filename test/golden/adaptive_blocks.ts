/** diffusers' adaptive norms, whose scale and shift a linear layer makes of a condition. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {approximateGelu, attention, byHead, linear, silu, type Tensors} from './block_parts.js';

type Config = {
  epsilon: number;
  groups: number;
  heads: number;
  norm: 'layer_norm' | 'rms_norm';
  order?: string;
};

/** `count` vectors of each example, as the module returns those that are for others. */
const chunks = (t: Tensors, count: number, name = 'temb'): tf.Tensor[] =>
  tf.split(linear(silu(t[name]), t, 'linear'), count, -1);

/** [batch, channels] for all positions. */
const everywhere = (t: tf.Tensor): tf.Tensor => (t.rank === 1 ? t : tf.expandDims(t, 1));

const modulated = (x: tf.Tensor, shift: tf.Tensor, scale: tf.Tensor, epsilon: number): tf.Tensor =>
  tfn.layerNorm(x, {
    ...{gamma: everywhere(scale), beta: everywhere(shift)},
    ...{gammaOffset: 1, epsilon},
  });

export const ADAPTIVE = {
  AdaLayerNorm(t: Tensors, {epsilon, order}: Config): Tensors {
    const [a, b] = chunks(t, 2);
    const [shift, scale] = order === 'scale, shift' ? [b, a] : [a, b];
    return {y: modulated(t['x'], shift, scale, epsilon)};
  },
  AdaLayerNormZero(t: Tensors, {epsilon}: Config): Tensors {
    const [shift, scale, gate, shiftMlp, scaleMlp, gateMlp] = chunks(t, 6);
    return {y: modulated(t['x'], shift, scale, epsilon), gate, shiftMlp, scaleMlp, gateMlp};
  },
  AdaLayerNormZeroSingle(t: Tensors, {epsilon}: Config): Tensors {
    const [shift, scale, gate] = chunks(t, 3);
    return {y: modulated(t['x'], shift, scale, epsilon), gate};
  },
  SD35AdaLayerNormZeroX(t: Tensors, {epsilon}: Config): Tensors {
    const [shift, scale, gate, shiftMlp, scaleMlp, gateMlp, shift2, scale2, gate2] = chunks(t, 9);
    const [y, y2] = [
      modulated(t['x'], shift, scale, epsilon),
      modulated(t['x'], shift2, scale2, epsilon),
    ];
    return {y, gate, shiftMlp, scaleMlp, gateMlp, y2, gate2};
  },
  LuminaRMSNormZero(t: Tensors, {epsilon}: Config): Tensors {
    const [scale, gate, scaleMlp, gateMlp] = chunks(t, 4);
    const gamma = tf.mul(t['norm.weight'], tf.add(1, everywhere(scale)));
    return {y: tfn.rmsNorm(t['x'], {gamma, epsilon}), gate, scaleMlp, gateMlp};
  },
  AdaLayerNormContinuous(t: Tensors, {epsilon, norm}: Config): Tensors {
    const [scale, shift] = chunks(t, 2);
    if (norm === 'layer_norm') return {y: modulated(t['x'], shift, scale, epsilon)};
    const gamma = tf.mul(t['norm.weight'], tf.add(1, everywhere(scale)));
    return {y: tfn.rmsNorm(t['x'], {gamma, beta: everywhere(shift), epsilon})};
  },
  AdaGroupNorm(t: Tensors, {groups, epsilon}: Config): Tensors {
    const [gamma, beta] = chunks(t, 2).map(t => tf.reshape(t, [...t.shape, 1, 1]));
    const config = {axis: 1, groups, gamma, beta, gammaOffset: 1, epsilon};
    return {y: tfn.groupNorm(t['x'], config)};
  },
  /** PixArt's: the gate of the first branch stands before the norm of the second. */
  BasicTransformerBlock(t: Tensors, {epsilon, heads}: Config): Tensors {
    const {x, temb, scale_shift_table: table} = t;
    const vectors = tf.add(table, tf.reshape(temb, [-1, ...table.shape]));
    const [shift, scale, gate, shiftMlp, scaleMlp, gateMlp] = tf.unstack(vectors, 1);
    const first = modulated(x, shift, scale, epsilon);
    const names = ['attn1.to_q', 'attn1.to_k', 'attn1.to_v'];
    const gathered = attention(names.map(name => byHead(linear(first, t, name), heads)));
    const attended = linear(gathered, t, 'attn1.to_out.0');
    const {y, sum} = tfn.addLayerNorm(attended, x, {
      ...{gate: everywhere(gate), gamma: everywhere(scaleMlp), beta: everywhere(shiftMlp)},
      ...{gammaOffset: 1, epsilon},
    });
    const hidden = approximateGelu(linear(y, t, 'ff.net.0.proj'));
    return {y: tf.add(sum, tf.mul(everywhere(gateMlp), linear(hidden, t, 'ff.net.2')))};
  },
};
