import * as tf from '@tensorflow/tfjs-core';
import {initializers, type Shape} from '@tensorflow/tfjs-layers';
import {checkAxes, checkFlags} from '../check.js';
import {NormalizationLayer} from './normalization_layer.js';
import {Param} from './param.js';
import type {
  ConstraintIdentifier,
  InitializerIdentifier,
  LayerArgs,
  RegularizerIdentifier,
} from './tfjs_types.js';

export interface ThresholdedLinearUnitArgs extends LayerArgs {
  /**
   * The axis or axes along which the threshold varies. Defaults to -1, the channels, as in the
   * paper; null: all but that of the batch, as in TensorFlow Addons.
   */
  axis?: number | readonly number[] | null;
  /** Scale the input in the threshold: `max(x, alpha * x + tau)`. Defaults to false. */
  affine?: boolean;
  /** Defaults to 'zeros'. */
  tauInitializer?: InitializerIdentifier;
  tauRegularizer?: RegularizerIdentifier;
  /** Applied at each call: after `fit`, `getWeights` and `save` see the raw value until the next. */
  tauConstraint?: ConstraintIdentifier;
  /** Defaults to 'zeros'. */
  alphaInitializer?: InitializerIdentifier;
  alphaRegularizer?: RegularizerIdentifier;
  /** As `tauConstraint`. */
  alphaConstraint?: ConstraintIdentifier;
}

/**
 * A rectifier with a trained threshold, the activation behind filter response normalization,
 * [Singh & Krishnan 2019](https://arxiv.org/abs/1911.09737); `TLU` of TensorFlow Addons.
 *
 *     input    [batch, ..., channels]
 *     tau      [channels], the sizes along `axis`     alpha  as tau, where it is affine
 *     output   as the input                           max(x, tau)
 *
 * A saved config without an axis is one of Addons, with a threshold for each position.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.thresholdedLinearUnit({inputShape: [28, 28, 3]}));
 * ```
 */
export class ThresholdedLinearUnit extends NormalizationLayer {
  static readonly className: string = 'TLU';
  private readonly axis: number | number[] | null;
  private readonly affine: boolean;
  private readonly tau: Param;
  private readonly alpha: Param;
  private aligned: number[] = [];

  constructor(args: ThresholdedLinearUnitArgs = {}) {
    super(args);
    checkFlags(this.name, args, ['affine']);
    this.axis = (args.axis === undefined ? -1 : args.axis) as number | number[] | null;
    this.affine = args.affine ?? false;
    this.tau = new Param(this.name, 'tau', args, initializers.zeros());
    this.alpha = new Param(this.name, 'alpha', args, initializers.zeros());
  }

  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return new cls({axis: null, ...config});
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.onlyShape(inputShape);
    const all = shape.map((_, i) => i).slice(1);
    const axes = this.axis == null ? all : checkAxes(this.name, this.axis, shape.length);
    const sizes = this.knownSizes(shape, axes);
    this.aligned = shape.map((_, i) => (axes.includes(i) ? sizes[axes.indexOf(i)] : 1));
    this.addParam(this.tau, sizes);
    if (this.affine) this.addParam(this.alpha, sizes);
    this.expectSizes(shape, axes, shape.length);
    super.build(inputShape);
  }

  protected normalize(x: tf.Tensor): tf.Tensor {
    const tau = tf.reshape(this.tau.read()!, this.aligned);
    if (this.affine) {
      const alpha = tf.reshape(this.alpha.read()!, this.aligned);
      return tf.maximum(x, tf.add(tf.mul(alpha, x), tau));
    }
    // The gradient of tf.maximum does not add up what it was spread over.
    return tf.maximum(x, tf.broadcastTo(tau, x.shape));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      ...(this.axis == null ? {} : {axis: this.axis}),
      affine: this.affine,
      ...this.tau.getConfig(),
      ...(this.affine ? this.alpha.getConfig() : {}),
    };
  }
}
