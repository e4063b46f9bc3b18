import * as tf from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkAxes, checkFlags} from '../check.js';
import {withoutEffect} from '../ops/without_effect.js';
import {optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import {NormalizationLayer} from './normalization_layer.js';
import type {
  ConstraintIdentifier,
  InitializerIdentifier,
  LayerArgs,
  RegularizerIdentifier,
} from './tfjs_types.js';
import {trainedWeight, type Weight} from './weight.js';

/** The options of `ThresholdedLinearUnit`. */
export interface ThresholdedLinearUnitArgs extends LayerArgs {
  /**
   * The axis or axes along which the threshold varies. Defaults to -1, the channels, as in the
   * paper; null means all but the batch's, as in TensorFlow Addons.
   */
  axis?: number | readonly number[] | null;
  /** Whether the threshold grows with the input: `max(x, alpha * x + tau)`. Defaults to false. */
  affine?: boolean;
  /** How `tau` starts. Defaults to 'zeros'. */
  tauInitializer?: InitializerIdentifier;
  /** The loss that `tau` adds. Defaults to none. */
  tauRegularizer?: RegularizerIdentifier;
  /**
   * The limits of `tau`. They are applied at each call: after `fit`, `getWeights` and `save` see the
   * raw value until the next one. Defaults to none.
   */
  tauConstraint?: ConstraintIdentifier;
  /** How `alpha` starts. Defaults to 'zeros'. */
  alphaInitializer?: InitializerIdentifier;
  /** The loss that `alpha` adds. Defaults to none. */
  alphaRegularizer?: RegularizerIdentifier;
  /** The limits of `alpha`, applied as `tauConstraint` is. Defaults to none. */
  alphaConstraint?: ConstraintIdentifier;
}

/**
 * A rectifier with a trained threshold, the activation behind filter response normalization,
 * [Singh & Krishnan 2019](https://arxiv.org/abs/1911.09737); `TLU` of TensorFlow Addons.
 *
 *     input    [batch, ..., channels]
 *     tau      [channels], the sizes along `axis`     alpha  as tau, with `affine`
 *     output   as the input                           max(x, tau)
 *
 * A saved config without an axis comes from Addons, and has a threshold for each position.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.thresholdedLinearUnit({inputShape: [28, 28, 3]}));
 * ```
 */
export class ThresholdedLinearUnit extends NormalizationLayer {
  static override readonly className: string = 'TLU';
  /** @internal */
  static override readonly options = optionsOf<ThresholdedLinearUnitArgs>({
    axis: true,
    affine: true,
    tauInitializer: true,
    tauRegularizer: true,
    tauConstraint: true,
    alphaInitializer: true,
    alphaRegularizer: true,
    alphaConstraint: true,
  });
  private readonly axis: number | number[] | null;
  private readonly affine: boolean;
  private readonly tau: Weight;
  private readonly alpha: Weight;

  constructor(args: ThresholdedLinearUnitArgs = {}) {
    super(args);
    checkFlags(this.name, args, ['affine']);
    this.axis = (args.axis === undefined ? -1 : args.axis) as number | number[] | null;
    this.affine = args.affine ?? false;
    this.tau = trainedWeight(this.name, 'tau', args, initializers.zeros());
    this.alpha = trainedWeight(this.name, 'alpha', args, initializers.zeros());
  }

  /** Makes the layer of a saved config. One without an axis comes from TensorFlow Addons. */
  static override fromConfig<T extends tf.serialization.Serializable>(
    cls: tf.serialization.SerializableConstructor<T>,
    config: tf.serialization.ConfigDict,
  ): T {
    return super.fromConfig(cls, {axis: null, ...config});
  }

  protected override plan(rank: number): Plan {
    const all = Array.from({length: rank - 1}, (_, i) => i + 1);
    const weights = this.affine ? [this.tau, this.alpha] : [this.tau];
    return {
      axes: this.axis == null ? all : checkAxes(this.name, this.axis, rank),
      weights: sizes => weights.map(weight => [weight, sizes]),
    };
  }

  protected normalize(x: tf.Tensor): tf.Tensor {
    const weights = this.affine ? [this.tau, this.alpha] : [this.tau];
    if (x.size === 0) {
      return withoutEffect(
        x,
        weights.map(weight => weight.read()),
      );
    }
    const aligned = x.shape.map((size, i) => (this.axes.includes(i) ? size : 1));
    const tau = tf.reshape(this.tau.read(), aligned);
    if (this.affine) {
      const alpha = tf.reshape(this.alpha.read(), aligned);
      return tf.maximum(x, tf.add(tf.mul(alpha, x), tau));
    }
    // The gradient of tf.maximum does not sum over the axes along which it broadcast.
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
