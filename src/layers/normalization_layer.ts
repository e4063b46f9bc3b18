import * as tf from '@tensorflow/tfjs-core';
import {InputSpec, layers, type Shape} from '@tensorflow/tfjs-layers';
import {check} from '../check.js';
import type {Param} from './param.js';
import type {Kwargs, LayerArgs} from './tfjs_types.js';

/** As in tf.layers: whatever is true to JavaScript is true. */
const trainingOf = ({training}: Kwargs): boolean | null =>
  training == null ? null : Boolean(training);

/** Whether a call is one of training. */
export function askedToTrain(layer: layers.Layer, kwargs: Kwargs): boolean {
  // tfjs keeps the arguments of a symbolic call but runs the model without them.
  const given = layer.inboundNodes.map(({callArgs}) => trainingOf(callArgs ?? {}));
  const asked = given.every(training => training === given[0]) ? given[0] : null;
  return asked ?? trainingOf(kwargs) ?? false;
}

/** What all layers of this package that normalize their input share: one input, an output of its shape, a mask passed on. */
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

  /** Makes tfjs refuse, by the layer's name, inputs of other sizes along `axis`, or of other rank. */
  protected expectSizes(shape: Shape, axis: number | readonly number[], ndim?: number): void {
    const axes = Object.fromEntries([axis].flat().map(axis => [axis, shape.at(axis)!]));
    this.inputSpec = [new InputSpec({ndim, axes})];
  }

  /** Makes the weight; `build` calls it. */
  protected addParam(param: Param, shape: number[]): void {
    const {name, initializer, regularizer, constraint} = param;
    const rules = [regularizer ?? undefined, true, constraint ?? undefined] as const;
    param.variable = this.addWeight(name, shape, 'float32', initializer, ...rules);
  }

  /** Whether to use the batch and learn from it, for layers that may also run on what they learnt. */
  protected isTraining(kwargs: Kwargs): boolean {
    return !this.isFrozen() && askedToTrain(this, kwargs);
  }

  private isFrozen(): boolean {
    // A model that is frozen as a whole freezes its layers' weights, not its layers.
    const weights = this._trainableWeights;
    return !this.trainable || (weights.length > 0 && weights.every(({trainable}) => !trainable));
  }
}
