import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';

/**
 * Layer norm whose scale and shift come from elsewhere, of each example its own.
 *
 *     inputs  x, scale, shift  [batch, width] each
 *     output  layerNorm(x) * (1 + scale) + shift
 */
export class AdaptiveNorm extends tf.layers.Layer {
  static readonly className = 'AdaptiveNorm';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x, gamma, beta] = inputs as tf.Tensor[];
    return tfn.layerNorm(x, {gamma, beta, gammaOffset: 1, epsilon: 1e-6});
  }

  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape {
    return (shapes as tf.Shape[])[0];
  }
}

tf.serialization.registerClass(AdaptiveNorm);
