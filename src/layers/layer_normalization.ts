import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import type {Shape} from '@tensorflow/tfjs-layers';
import {checkAxes, checkSupported} from '../check.js';
import {layerNorm} from '../ops/layer_norm.js';
import {AffineLayer, type AffineLayerArgs} from './affine_layer.js';

export interface LayerNormalizationArgs extends AffineLayerArgs {
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | number[];
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
 * Keras's name load as ever; see `replaceTfjsLayers`.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.layerNormalization({inputShape: [10]}));
 * ```
 */
export class LayerNormalization extends AffineLayer {
  static readonly className: string = 'FusedLayerNormalization';
  private readonly axis: number | number[];

  constructor(args: LayerNormalizationArgs = {}) {
    super(args);
    checkSupported(this.name, args, ['rmsScaling']);
    this.axis = args.axis ?? -1;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.onlyShape(inputShape);
    this.addParams(this.knownSizes(shape, checkAxes(this.name, this.axis, shape.length)));
    super.build(inputShape);
  }

  protected normalize(x: Tensor): Tensor {
    return layerNorm(x, {axis: this.axis, epsilon: this.epsilon, ...this.params()});
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), axis: this.axis};
  }
}
