import * as tf from '@tensorflow/tfjs-core';
import {layers, type Shape} from '@tensorflow/tfjs-layers';
import {check} from '../check.js';
import type {Kwargs, LayerArgs} from './tfjs_types.js';

/** What all layers of this package share: one input, an output of its shape, a mask passed on. */
export abstract class NormalizationLayer extends layers.Layer {
  constructor(args: LayerArgs) {
    super(args);
    this.supportsMasking = true;
  }

  protected abstract normalize(x: tf.Tensor, kwargs: Kwargs): tf.Tensor;

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs = {}): tf.Tensor {
    return tf.tidy(() => {
      this.invokeCallHook(inputs, kwargs);
      return this.normalize(this.onlyOne(inputs), kwargs);
    });
  }

  private onlyOne<T>(given: T | T[]): T {
    if (!Array.isArray(given)) return given;
    check(given.length === 1, this.name, () => `takes one input, but got ${given.length}.`);
    return given[0] as T;
  }

  /** The input's shape; tfjs's type allows for several. */
  protected onlyShape(shape: Shape | Shape[]): Shape {
    return Array.isArray(shape[0]) ? this.onlyOne(shape as Shape[]) : (shape as Shape);
  }

  /** The sizes of `axes`, which must be known when the weights are made. */
  protected knownSizes(inputShape: Shape, axes: readonly number[]): number[] {
    return axes.map(axis => {
      const size = inputShape[axis];
      check(size != null, this.name, () => `the size of axis ${axis} must be known, but is null.`);
      return size;
    });
  }
}
