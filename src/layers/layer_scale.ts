import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {check, checkAxis, show} from '../check.js';
import {channelwise} from '../ops/channelwise.js';
import {withoutEffect} from '../ops/without_effect.js';
import {optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import {NormalizationLayer} from './normalization_layer.js';
import type {LayerArgs} from './tfjs_types.js';
import {Weight} from './weight.js';

/** The options of `LayerScale`. */
export interface LayerScaleArgs extends LayerArgs {
  /** From which all of `gamma` starts. Defaults to 1e-5, as in timm; ConvNeXt has 1e-6. */
  initValues?: number;
  /** The number of channels, which Keras's configs have: the input must have as many. Defaults to any. */
  projectionDim?: number | null;
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
}

/**
 * Multiplies each channel of a residual branch by a trained number that starts near 0,
 * [CaiT, Touvron et al. 2021](https://arxiv.org/abs/2103.17239); `LayerScale` of timm and of
 * `keras.applications.convnext`.
 *
 *     input    [batch, ..., channels]
 *     gamma    [channels]
 *     output   as the input
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.layerScale({inputShape: [28, 28, 32]}));
 * ```
 *
 * @throws If `initValues` is no finite number; on building, if the channels are not `projectionDim`.
 */
export class LayerScale extends NormalizationLayer {
  static override readonly className: string = 'LayerScale';
  /** @internal */
  static override readonly options = optionsOf<LayerScaleArgs>({
    initValues: true,
    projectionDim: true,
    axis: true,
  });
  private readonly initValues: number;
  private readonly projectionDim: number | null;
  private readonly axis: number;
  private readonly gamma: Weight;

  constructor(args: LayerScaleArgs = {}) {
    super(args);
    const {initValues = 1e-5, projectionDim = null, axis = -1} = args;
    check(
      Number.isFinite(initValues),
      this.name,
      () => `initValues must be a finite number, but is ${show(initValues)}.`,
    );
    this.initValues = initValues;
    this.projectionDim = projectionDim;
    this.axis = axis;
    this.gamma = new Weight('gamma', {initializer: initializers.constant({value: initValues})});
  }

  protected override plan(rank: number): Plan {
    const axes = [checkAxis(this.name, this.axis, rank)];
    return {axes, weights: ([channels]) => [[this.gamma, [this.checked(channels)]]]};
  }

  private checked(channels: number): number {
    const {projectionDim} = this;
    check(
      projectionDim == null || projectionDim === channels,
      this.name,
      () => `projectionDim must be that of the input, ${channels}, but is ${show(projectionDim)}.`,
    );
    return channels;
  }

  protected normalize(x: Tensor): Tensor {
    const gamma = this.gamma.read();
    if (x.size === 0) return withoutEffect(x, [gamma]);
    return channelwise(x, {axis: this.axes[0], gamma});
  }

  override getConfig(): serialization.ConfigDict {
    const {initValues, projectionDim, axis} = this;
    // Keras does not know the last key.
    return {...super.getConfig(), initValues, projectionDim, ...(axis === -1 ? {} : {axis})};
  }
}
