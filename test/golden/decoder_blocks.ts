/** Hugging Face's decoder layers: where each has its norms, and what these add to gamma. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {approximateGelu, attention, byHead, linear, silu, type Tensors} from './block_parts.js';

type Config = {epsilon: number; heads: number};

type Family = {
  gammaOffset: 0 | 1;
  /** The norms of the two branches' inputs and of their outputs. */
  before: string[];
  after: string[];
  /** Whether q and k are normalized, in each head or as a whole. */
  qk?: 'head' | 'whole';
  activation: (x: tf.Tensor) => tf.Tensor;
};

const decoderLayer =
  ({gammaOffset, before, after, qk, activation}: Family) =>
  (t: Tensors, {epsilon, heads}: Config): Tensors => {
    const norm = (x: tf.Tensor, name: string | undefined) =>
      name == null ? x : tfn.rmsNorm(x, {gamma: t[`${name}.weight`], gammaOffset, epsilon});
    const attended = (x: tf.Tensor) => {
      const [q, k] = ['q', 'k'].map(name => {
        const y = linear(x, t, `self_attn.${name}_proj`);
        const normed = `self_attn.${name}_norm`;
        if (qk === 'head') return norm(byHead(y, heads), normed);
        return byHead(qk === 'whole' ? norm(y, normed) : y, heads);
      });
      const v = byHead(linear(x, t, 'self_attn.v_proj'), heads);
      return linear(attention([q, k, v]), t, 'self_attn.o_proj');
    };
    const mlp = (x: tf.Tensor) => {
      const gate = activation(linear(x, t, 'mlp.gate_proj'));
      return linear(tf.mul(gate, linear(x, t, 'mlp.up_proj')), t, 'mlp.down_proj');
    };
    const {x} = t;
    const branch = norm(attended(norm(x, before[0])), after[0]);
    // Where a norm follows, it is one op with the sum.
    const gamma = t[`${before[1]}.weight`];
    if (gamma == null) {
      const sum = tf.add(x, branch);
      return {y: tf.add(sum, norm(mlp(sum), after[1]))};
    }
    const {y, sum} = tfn.addRmsNorm(branch, x, {gamma, gammaOffset, epsilon});
    return {y: tf.add(sum, norm(mlp(y), after[1]))};
  };

const INPUT = 'input_layernorm';
const ATTENTION = 'post_attention_layernorm';
const MLP = ['pre_feedforward_layernorm', 'post_feedforward_layernorm'];

export const DECODERS = {
  GemmaRMSNorm: ({x, weight: gamma}: Tensors, {epsilon}: Config): Tensors => ({
    y: tfn.rmsNorm(x, {gamma, gammaOffset: 1, epsilon}),
  }),
  GemmaDecoderLayer: decoderLayer({
    ...{gammaOffset: 1, before: [INPUT, ATTENTION], after: [], activation: approximateGelu},
  }),
  Gemma3DecoderLayer: decoderLayer({
    ...{gammaOffset: 1, before: [INPUT, MLP[0]], after: [ATTENTION, MLP[1]], qk: 'head'},
    activation: approximateGelu,
  }),
  Qwen3DecoderLayer: decoderLayer({
    ...{gammaOffset: 0, before: [INPUT, ATTENTION], after: [], qk: 'head', activation: silu},
  }),
  Olmo2DecoderLayer: decoderLayer({
    ...{gammaOffset: 0, before: [], after: [ATTENTION, MLP[1]], qk: 'whole', activation: silu},
  }),
};
