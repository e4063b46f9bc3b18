import * as tf from '@tensorflow/tfjs';
import {only, seeded, shapeOf} from './layer.js';

export interface TokenEmbeddingArgs {
  name?: string;
  tokens: number;
  width: number;
  seed: number;
}

/**
 * A vector for each token plus one for its position.
 *
 *     input   [batch, time], whole numbers below `tokens`
 *     output  [batch, time, width]
 */
export class TokenEmbedding extends tf.layers.Layer {
  static readonly className = 'TokenEmbedding';
  private readonly args: TokenEmbeddingArgs;
  private tokens!: tf.LayerVariable;
  private positions!: tf.LayerVariable;

  constructor(args: TokenEmbeddingArgs) {
    super({name: args.name});
    this.args = args;
  }

  override build(inputShape: tf.Shape): void {
    const {tokens, width, seed} = this.args;
    const [, time] = inputShape;
    const add = (name: string, rows: number, seed: number) =>
      this.addWeight(name, [rows, width], 'float32', seeded(seed));
    this.tokens = add('tokens', tokens, seed);
    this.positions = add('positions', time!, seed + 1);
    super.build(inputShape);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const x = only(inputs);
      const {tokens, width} = this.args;
      // tf.gather would do as well, but its gradient does not run on every backend.
      const rows = tf.oneHot(tf.reshape(tf.cast(x, 'int32'), [-1]), tokens);
      const vectors = tf.matMul(tf.cast(rows, 'float32'), this.tokens.read());
      return tf.add(tf.reshape(vectors, [...x.shape, width]), this.positions.read());
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return [...shapeOf(inputShape), this.args.width];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {tokens, width, seed} = this.args;
    return {...super.getConfig(), tokens, width, seed};
  }
}

tf.serialization.registerClass(TokenEmbedding);
