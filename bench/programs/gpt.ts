import * as tf from '@tensorflow/tfjs';
import {CausalAttention} from '../../examples/char-transformer/layers/causal_attention.js';
import {TokenEmbedding} from '../../examples/char-transformer/layers/token_embedding.js';

const {layers} = tf;

export type GptSettings = {
  tokens: number;
  width: number;
  blocks: number;
  heads: number;
  context: number;
};

/** GPT-2 in small, with tfjs's layer norms before attention and before the dense layers of each block. */
export function gpt({tokens, width, blocks, heads, context}: GptSettings): tf.LayersModel {
  let seed = 0;
  const on = (layer: tf.layers.Layer, x: unknown) =>
    layer.apply(x as tf.SymbolicTensor) as tf.SymbolicTensor;
  const norm = (x: tf.SymbolicTensor) => on(layers.layerNormalization({epsilon: 1e-5}), x);

  const input = tf.input({shape: [context]});
  let x = on(new TokenEmbedding({tokens, width, seed: ++seed}), input);
  for (let block = 0; block < blocks; block++) {
    x = on(layers.add(), [x, on(new CausalAttention({heads, seed: ++seed}), norm(x))]);
    const hidden = on(layers.dense({units: 4 * width, activation: 'relu'}), norm(x));
    x = on(layers.add(), [x, on(layers.dense({units: width}), hidden)]);
  }
  return tf.model({inputs: input, outputs: on(layers.dense({units: tokens}), norm(x))});
}

/** The mean cross-entropy of the logits, for targets that are one-hot. */
export const crossEntropy = (targets: tf.Tensor, logits: tf.Tensor): tf.Tensor =>
  tf.losses.softmaxCrossEntropy(targets, logits);
