import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {checkAxes, checkFlags} from '../check.js';
import {layerNorm} from '../ops/layer_norm.js';
import {AffineLayer, type AffineLayerArgs, OPTIONAL_AFFINE} from './affine_layer.js';
import {checkArgs, optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import {sortedAxis} from './sorted_axis.js';

/** The options of `LayerNormalization`. */
export interface LayerNormalizationArgs extends AffineLayerArgs {
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /**
   * Keras 3's deprecated argument: whether to divide by the standard deviation without subtracting
   * the mean, and to have `gamma` but no `beta` whatever `scale` and `center` say. This is not RMS
   * normalization, for which there is `RMSNormalization`. Defaults to false.
   */
  rmsScaling?: boolean;
}

/**
 * Normalizes each example by the mean and the variance of its own features,
 * [Ba et al. 2016](https://arxiv.org/abs/1607.06450); `keras.layers.LayerNormalization`.
 *
 *     input    [batch, ..., features]
 *     gamma    [features]    beta  [features]    the axes of `axis` in the input's order
 *     output   as the input
 *
 * Its registered class name is `FusedLayerNormalization`, so that models with tfjs's layer of
 * Keras's name load as before; see `replaceTfjsLayers`.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.layerNormalization({inputShape: [10]}));
 * ```
 */
export class LayerNormalization extends AffineLayer {
  static override readonly className: string = 'FusedLayerNormalization';
  /** @internal */
  static override readonly options = optionsOf<LayerNormalizationArgs>({
    axis: true,
    rmsScaling: true,
    ...OPTIONAL_AFFINE,
  });
  private readonly axis: number | number[];
  private readonly rmsScaling: boolean;
  /** The two options as they were given: with `rmsScaling`, the layer does not follow them. */
  private readonly given: {center: boolean; scale: boolean};

  constructor(args: LayerNormalizationArgs = {}) {
    checkArgs(new.target, args);
    const {rmsScaling = false, center = true, scale = true} = args;
    super(rmsScaling ? {...args, center: false, scale: true} : args);
    checkFlags(this.name, args, ['rmsScaling']);
    this.axis = (args.axis ?? -1) as number | number[];
    this.rmsScaling = rmsScaling;
    this.given = {center, scale};
  }

  protected override plan(rank: number): Plan {
    const axes = checkAxes(this.name, this.axis, rank);
    return {axes, anyRank: this.axis, weights: features => this.affine(features)};
  }

  protected normalize(x: Tensor): Tensor {
    const {axis, epsilon, rmsScaling} = this;
    return layerNorm(x, {axis, epsilon, rmsScaling, ...this.params()});
  }

  override getConfig(): serialization.ConfigDict {
    const {rmsScaling, given} = this;
    const axis = sortedAxis(this.axis, this.axes);
    // Keras 2 and tfjs do not know the key.
    return {...super.getConfig(), ...given, axis, ...(rmsScaling ? {rmsScaling} : {})};
  }
}
