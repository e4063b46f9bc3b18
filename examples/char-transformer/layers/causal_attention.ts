import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';
import {only, seeded, shapeOf} from './layer.js';

export interface CausalAttentionArgs {
  name?: string;
  heads: number;
  seed: number;
  /** Whether queries and keys are normalized (QK-norm). Defaults to false. */
  qkNorm?: boolean;
}

/**
 * Each position gathers from itself and those before it, by several heads side by side. With QK-norm the scores
 * depend on the directions of queries and keys alone, and on weights that all heads share, as in Qwen3.
 *
 *     input, output  [batch, time, width]    the heads divide the width
 */
export class CausalAttention extends tf.layers.Layer {
  static readonly className = 'CausalAttention';
  private readonly args: CausalAttentionArgs;
  private project!: tf.LayerVariable;
  private merge!: tf.LayerVariable;
  private queryNorm?: tf.LayerVariable;
  private keyNorm?: tf.LayerVariable;

  constructor(args: CausalAttentionArgs) {
    super({name: args.name});
    this.args = args;
  }

  override build(inputShape: tf.Shape): void {
    const width = inputShape[2]!;
    const {seed, heads, qkNorm} = this.args;
    this.project = this.addWeight('project', [width, 3 * width], 'float32', seeded(seed));
    this.merge = this.addWeight('merge', [width, width], 'float32', seeded(seed + 1));
    if (qkNorm) {
      const addNorm = (name: string) =>
        this.addWeight(name, [width / heads], 'float32', tf.initializers.ones());
      this.queryNorm = addNorm('query_norm');
      this.keyNorm = addNorm('key_norm');
    }
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = only(inputs);
      const [batch, time, width] = x.shape;
      const size = width / this.args.heads;
      // [batch, time, 3 * width] as three of [batch, heads, time, size]
      const [queries, keys, values] = tf
        .split(times(x, this.project), 3, -1)
        .map(t => tf.transpose(tf.reshape(t, [batch, time, -1, size]), [0, 2, 1, 3]));

      const products = tf.matMul(
        normed(queries, this.queryNorm),
        normed(keys, this.keyNorm),
        false,
        true,
      );
      const scores = tf.mul(products, 1 / Math.sqrt(size));
      const shares = tf.softmax(tf.add(scores, forbidden(time)));
      const gathered = tf.transpose(tf.matMul(shares, values), [0, 2, 1, 3]);
      return times(tf.reshape(gathered, x.shape), this.merge);
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return shapeOf(inputShape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {heads, seed, qkNorm = false} = this.args;
    return {...super.getConfig(), heads, seed, qkNorm};
  }
}

/** RMS norm along a head, if there is one. */
const normed = (x: tf.Tensor, gamma: tf.LayerVariable | undefined): tf.Tensor =>
  gamma == null ? x : tfn.rmsNorm(x, {gamma: gamma.read()});

/** `[batch, time, n]` times `[n, m]`. */
function times(x: tf.Tensor, kernel: tf.LayerVariable): tf.Tensor {
  const [batch, time, width] = x.shape;
  const product = tf.matMul(tf.reshape(x, [-1, width]), kernel.read());
  return tf.reshape(product, [batch, time, -1]);
}

/** `[time, time]`, added to the scores: it makes a position's share of later ones 0. */
const forbidden = (time: number): tf.Tensor =>
  tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([time, time]), -1, 0)), -1e9);

tf.serialization.registerClass(CausalAttention);
