import * as tf from '@tensorflow/tfjs';
import * as tfn from 'tfjs-normalization';

/**
 * Adds what a branch computed to what went past it, and normalizes the sum, in one kernel.
 *
 *     inputs   branch, x  [batch, time, width] each
 *     outputs  RMS norm of the sum, the sum
 */
export class AddRmsNorm extends tf.layers.Layer {
  static readonly className = 'AddRmsNorm';
  private gamma!: tf.LayerVariable;

  override build(shapes: tf.Shape | tf.Shape[]): void {
    const width = (shapes as tf.Shape[])[0].at(-1)!;
    this.gamma = this.addWeight('gamma', [width], 'float32', tf.initializers.ones());
    super.build(shapes);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [branch, x] = inputs as tf.Tensor[];
    const {y, sum} = tfn.addRmsNorm(branch, x, {gamma: this.gamma.read(), epsilon: 1e-5});
    return [y, sum];
  }

  override computeOutputShape(shapes: tf.Shape | tf.Shape[]): tf.Shape[] {
    return shapes as tf.Shape[];
  }
}

tf.serialization.registerClass(AddRmsNorm);
