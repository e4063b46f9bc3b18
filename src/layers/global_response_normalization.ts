import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {checkChannelAxis} from '../check.js';
import {globalResponseNorm} from '../ops/global_response_norm.js';
import {AFFINE, AffineLayer, type AffineLayerArgs} from './affine_layer.js';
import {checkArgs, optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';

/** The options of `GlobalResponseNormalization`. */
export interface GlobalResponseNormalizationArgs extends Omit<AffineLayerArgs, 'center' | 'scale'> {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to the mean of the channels' norms. Defaults to 1e-6. */
  epsilon?: number;
  /** How `gamma` starts. Defaults to 'zeros', so that the layer starts as one that changes nothing. */
  gammaInitializer?: AffineLayerArgs['gammaInitializer'];
}

/**
 * Lets each channel of each example grow with its share of the response, its Euclidean norm over all positions
 * divided by the mean of the channels' norms, [ConvNeXt V2, Woo et al. 2023](https://arxiv.org/abs/2301.00808).
 * timm and diffusers call it `GlobalResponseNorm`.
 *
 *     input    [batch, ..., channels]  or [batch, channels, ...] with axis 1
 *     gamma    [channels]              beta  [channels]; both start as 0
 *     output   as the input            x + gamma * x * N + beta
 *
 * A mask is passed on, but hides nothing from the norms.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.globalResponseNormalization({inputShape: [28, 28, 32]}));
 * ```
 */
export class GlobalResponseNormalization extends AffineLayer {
  static override readonly className: string = 'GlobalResponseNormalization';
  /** @internal */
  static override readonly options = optionsOf<GlobalResponseNormalizationArgs>({
    axis: true,
    ...AFFINE,
  });
  private readonly axis: number;

  constructor(args: GlobalResponseNormalizationArgs = {}) {
    checkArgs(new.target, args);
    const {epsilon, gammaInitializer} = args;
    super({...args, epsilon: epsilon ?? 1e-6, gammaInitializer: gammaInitializer ?? 'zeros'});
    this.axis = args.axis ?? -1;
  }

  protected override plan(rank: number): Plan {
    const axes = [checkChannelAxis(this.name, this.axis, rank)];
    return {axes, weights: channels => this.affine(channels)};
  }

  protected normalize(x: Tensor): Tensor {
    return globalResponseNorm(x, {axis: this.axis, epsilon: this.epsilon, ...this.params()});
  }

  override getConfig(): serialization.ConfigDict {
    const config = super.getConfig();
    // The layer always has both parameters.
    delete config['center'];
    delete config['scale'];
    return {...config, axis: this.axis};
  }
}
