import * as tf from '@tensorflow/tfjs';
import {CausalAttention} from './layers/causal_attention.js';
import {seeded} from './layers/layer.js';
import {TokenEmbedding} from './layers/token_embedding.js';
import type {NormalizationName} from './names.js';
import {NORMALIZATIONS} from './normalizations.js';

export interface ModelSettings {
  characters: number;
  width: number;
  blocks: number;
  heads: number;
  context: number;
  warmupSteps: number;
}

/**
 * Blocks of attention and dense layers, normalized before each: GPT-2's architecture in small, or that of today's
 * language models, with RMS norm, QK-norm and a gate in the dense layers.
 */
export function buildModel(
  normalization: NormalizationName,
  settings: ModelSettings,
  seed: number,
): tf.LayersModel {
  const {characters, width, blocks, heads, context} = settings;
  const isModern = normalization === 'modern';
  // Each layer's seed follows from its position, so that all models start from the same weights;
  // tfjs takes 0 for no seed.
  let position = 0;
  const nextSeed = () => 1000 * seed + 2 * ++position;
  let normalized = 0;
  const normalize = (x: tf.SymbolicTensor) => {
    const name = `norm_${++normalized}`;
    return on(NORMALIZATIONS[normalization]({name, ...settings}), x);
  };
  const dense = (units: number, activation?: 'relu' | 'swish') =>
    tf.layers.dense({units, kernelInitializer: seeded(nextSeed()), activation});

  const classicHidden = (x: tf.SymbolicTensor) => on(dense(4 * width, 'relu'), x);
  /** Three matrices of two thirds the size have as many weights as the classic two. */
  const gatedHidden = (x: tf.SymbolicTensor) => {
    const units = Math.round((8 / 3) * width);
    const sides = [on(dense(units, 'swish'), x), on(dense(units), x)];
    return tf.layers.multiply().apply(sides) as tf.SymbolicTensor;
  };

  const input = tf.input({shape: [context]});
  let x = on(new TokenEmbedding({tokens: characters, width, seed: nextSeed()}), input);
  for (let block = 0; block < blocks; block++) {
    const attention = new CausalAttention({heads, seed: nextSeed(), qkNorm: isModern});
    x = added(x, on(attention, normalize(x)));
    const hidden = isModern ? gatedHidden(normalize(x)) : classicHidden(normalize(x));
    x = added(x, on(dense(width), hidden));
  }
  const logits = on(dense(characters), normalize(x));
  return tf.model({inputs: input, outputs: logits});
}

const on = (layer: tf.layers.Layer, x: tf.SymbolicTensor) => layer.apply(x) as tf.SymbolicTensor;

const added = (x: tf.SymbolicTensor, y: tf.SymbolicTensor) =>
  tf.layers.add().apply([x, y]) as tf.SymbolicTensor;

/** The mean cross-entropy of the logits for the next characters, in nats. */
export function crossEntropy(
  model: tf.LayersModel,
  x: tf.Tensor,
  y: tf.Tensor,
  training: boolean,
): tf.Scalar {
  const logits = model.apply(x, {training}) as tf.Tensor3D;
  const characters = logits.shape[2];
  const targets: tf.Tensor = tf.oneHot(tf.reshape(y, [-1]) as tf.Tensor1D, characters);
  return tf.losses.softmaxCrossEntropy(targets, tf.reshape(logits, [-1, characters]));
}
