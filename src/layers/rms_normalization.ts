import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkAxes} from '../check.js';
import {checkEpsilon} from '../check_params.js';
import {rmsNorm} from '../ops/rms_norm.js';
import {optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import {NormalizationLayer} from './normalization_layer.js';
import {sortedAxis} from './sorted_axis.js';
import type {LayerArgs} from './tfjs_types.js';
import {Weight} from './weight.js';

/** The options of `RMSNormalization`. */
export interface RMSNormalizationArgs extends LayerArgs {
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** Added to the mean square. Defaults to 1e-6. */
  epsilon?: number;
}

/**
 * Divides each example by the root mean square of its own features,
 * [Zhang & Sennrich 2019](https://arxiv.org/abs/1910.07467); `keras.layers.RMSNormalization`.
 *
 *     input    [batch, ..., features]
 *     scale    [features]              the axes of `axis` in the input's order
 *     output   as the input
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.rmsNormalization({inputShape: [10]}));
 * ```
 */
export class RMSNormalization extends NormalizationLayer {
  static override readonly className: string = 'RMSNormalization';
  /** @internal */
  static override readonly options = optionsOf<RMSNormalizationArgs>({
    axis: true,
    epsilon: true,
  });
  private readonly axis: number | number[];
  private readonly epsilon: number;
  private readonly scale = new Weight('scale', {initializer: initializers.ones()});

  constructor(args: RMSNormalizationArgs = {}) {
    super(args);
    this.axis = (args.axis ?? -1) as number | number[];
    this.epsilon = args.epsilon ?? 1e-6;
    checkEpsilon(this.name, this.epsilon);
  }

  protected override plan(rank: number): Plan {
    const axes = checkAxes(this.name, this.axis, rank);
    return {axes, anyRank: this.axis, weights: features => [[this.scale, features]]};
  }

  protected normalize(x: Tensor): Tensor {
    return rmsNorm(x, {axis: this.axis, epsilon: this.epsilon, gamma: this.scale.read()});
  }

  override getConfig(): serialization.ConfigDict {
    const axis = sortedAxis(this.axis, this.axes);
    return {...super.getConfig(), axis, epsilon: this.epsilon};
  }
}
