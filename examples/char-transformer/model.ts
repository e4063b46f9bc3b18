import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {CausalAttention} from './layers/causal_attention.js';
import {seeded} from './layers/layer.js';
import {TokenEmbedding} from './layers/token_embedding.js';
import type {NormalizationName} from './names.js';
import {NORMALIZATIONS} from './normalizations.js';

type Symbolic = tf.SymbolicTensor;

export interface ModelSettings {
  characters: number;
  width: number;
  blocks: number;
  heads: number;
  context: number;
  warmupSteps: number;
}

/** Layers whose seeds follow from their position, so that all models start from the same weights. */
class Parts {
  private layers = 0;
  private norms = 0;

  constructor(
    private readonly normalization: NormalizationName,
    private readonly settings: ModelSettings,
    private readonly seed: number,
  ) {}

  embedding(x: Symbolic): Symbolic {
    const {characters: tokens, width} = this.settings;
    return on(new TokenEmbedding({tokens, width, seed: this.nextSeed()}), x);
  }

  attention(x: Symbolic, qkNorm: boolean): Symbolic {
    const {heads} = this.settings;
    return on(new CausalAttention({heads, seed: this.nextSeed(), qkNorm}), x);
  }

  dense(units: number, x: Symbolic, activation?: 'relu' | 'swish'): Symbolic {
    const kernelInitializer = seeded(this.nextSeed());
    return on(tf.layers.dense({units, kernelInitializer, activation}), x);
  }

  norm(x: Symbolic): Symbolic {
    const name = `norm_${++this.norms}`;
    return on(NORMALIZATIONS[this.normalization]({name, ...this.settings}), x);
  }

  /** tfjs takes 0 for no seed. */
  private nextSeed(): number {
    return 1000 * this.seed + 2 * ++this.layers;
  }
}

/** A model that gives logits of the next character. */
export function buildModel(
  normalization: NormalizationName,
  settings: ModelSettings,
  seed: number,
): tf.LayersModel {
  const parts = new Parts(normalization, settings, seed);
  const input = tf.input({shape: [settings.context]});
  const blocks = normalization === 'modern' ? modernBlocks : classicBlocks;
  const normalized = blocks(parts, parts.embedding(input), settings);
  return tf.model({inputs: input, outputs: parts.dense(settings.characters, normalized)});
}

/** GPT-2's architecture in small: attention and dense layers, normalized before each. */
function classicBlocks(parts: Parts, x: Symbolic, {width, blocks}: ModelSettings): Symbolic {
  const plus = (x: Symbolic, branch: Symbolic) => on(tf.layers.add(), [x, branch]);
  for (let block = 0; block < blocks; block++) {
    x = plus(x, parts.attention(parts.norm(x), false));
    const hidden = parts.dense(4 * width, parts.norm(x), 'relu');
    x = plus(x, parts.dense(width, hidden));
  }
  return parts.norm(x);
}

/**
 * Today's language models in small, such as Qwen3: RMS norm in one kernel with the sum before it, norms of queries and
 * keys, and a gate in the dense layers, of which three with two thirds of the units have as many weights.
 */
function modernBlocks(parts: Parts, x: Symbolic, {width, blocks}: ModelSettings): Symbolic {
  const units = Math.round((8 / 3) * width);
  const addNorm = (branch: Symbolic, x: Symbolic) => {
    const layer = tfn.layers.addNormalization({norm: 'rms', epsilon: 1e-5});
    return layer.apply([branch, x]) as Symbolic[];
  };
  let normalized = parts.norm(x);
  for (let block = 0; block < blocks; block++) {
    [normalized, x] = addNorm(parts.attention(normalized, true), x);
    const gate = parts.dense(units, normalized, 'swish');
    const hidden = on(tf.layers.multiply(), [gate, parts.dense(units, normalized)]);
    [normalized, x] = addNorm(parts.dense(width, hidden), x);
  }
  return normalized;
}

const on = (layer: tf.layers.Layer, x: Symbolic | Symbolic[]) => layer.apply(x) as Symbolic;

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
