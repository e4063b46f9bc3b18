import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {
  checkResponse,
  localResponseNorm,
  type LocalResponseNormConfig,
} from '../ops/local_response_norm.js';
import {optionsOf} from './layer_options.js';
import {NormalizationLayer} from './normalization_layer.js';
import type {LayerArgs} from './tfjs_types.js';

/** The options of `LocalResponseNormalization`: those of the op `localResponseNorm`, by its names. */
export interface LocalResponseNormalizationArgs extends LayerArgs, LocalResponseNormConfig {}

/**
 * Divides each value by a power of the sum of squares over its neighbouring channels,
 * [Krizhevsky et al. 2012](https://papers.nips.cc/paper/4824-imagenet-classification-with-deep-convolutional-neural-networks);
 * `tf.localResponseNormalization` as a layer, with its arguments and defaults. It has no weights.
 *
 *     input    [batch, ..., channels]
 *     output   as the input         x / (bias + alpha * sum of squares) ** beta
 *
 * ```js
 * const model = tf.sequential();
 * const args = {depthRadius: 2, alpha: 1e-4, beta: 0.75};
 * model.add(tfn.layers.localResponseNormalization({...args, inputShape: [28, 28, 16]}));
 * ```
 *
 * @throws If depthRadius is not an integer of at least 0, or another number is not finite.
 */
export class LocalResponseNormalization extends NormalizationLayer {
  static override readonly className: string = 'LocalResponseNormalization';
  /** @internal */
  static override readonly options = optionsOf<LocalResponseNormalizationArgs>({
    depthRadius: true,
    bias: true,
    alpha: true,
    beta: true,
  });
  private readonly config: Required<LocalResponseNormConfig>;

  constructor(args: LocalResponseNormalizationArgs = {}) {
    super(args);
    const {depthRadius = 5, bias = 1, alpha = 1, beta = 0.5} = args;
    this.config = {depthRadius, bias, alpha, beta};
    checkResponse(this.name, this.config);
  }

  protected override plan(): null {
    return null;
  }

  protected normalize(x: Tensor): Tensor {
    return localResponseNorm(x, this.config);
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), ...this.config};
  }
}
