import * as tf from '@tensorflow/tfjs-core';
import {layers, type Shape} from '@tensorflow/tfjs-layers';
import type {Names} from '../options.js';

/**
 * Gives its first input out with the mask of the second, or with one that hides nothing. tfjs keeps
 * a mask for layers behind one that ends it in Keras; `fromKeras` puts this layer between.
 *
 *     inputs   [x, masked] or x   [batch, steps, ...]
 *     output   x
 */
export class WithMask extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'WithMask';
  /** By which it is known for one of this package. */
  static readonly options: Names = {};

  constructor(args: object) {
    super(args);
    this.supportsMasking = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return firstOf(inputs);
  }

  override computeMask(inputs: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [, given] = [mask].flat();
    const [batch, steps] = firstOf(inputs).shape;
    return given ?? tf.ones([batch, steps], 'bool');
  }

  override computeOutputShape(shape: Shape | Shape[]): Shape {
    return Array.isArray(shape[0]) ? shape[0] : (shape as Shape);
  }
}

const firstOf = <T>(inputs: T | T[]): T => (Array.isArray(inputs) ? inputs[0] : inputs);
