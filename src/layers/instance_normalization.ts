import {type AffineLayerArgs, OPTIONAL_AFFINE} from './affine_layer.js';
import {GroupNormalization} from './group_normalization.js';
import {optionsOf} from './layer_options.js';

/** The options of `InstanceNormalization`. */
export interface InstanceNormalizationArgs extends AffineLayerArgs {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
}

/**
 * Normalizes each channel of each example by its own mean and variance,
 * [Ulyanov et al. 2016](https://arxiv.org/abs/1607.08022): group normalization with a group for
 * each channel, as in TensorFlow Addons.
 *
 *     input    [batch, ..., channels]  or [batch, channels, ...] with axis 1
 *     mask     [batch, ...]            as tf.layers pass it on; see the mask of `instanceNorm`
 *     gamma    [channels]              beta  [channels]
 *     output   as the input
 *
 * Behind a dense layer there are no positions, and the output is beta whatever the input is; the console
 * says so once. Layer normalization is meant there.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.instanceNormalization({inputShape: [28, 28, 3]}));
 * ```
 */
export class InstanceNormalization extends GroupNormalization {
  static override readonly className: string = 'InstanceNormalization';
  /** @internal */
  static override readonly options = optionsOf<InstanceNormalizationArgs>(
    {
      axis: true,
      ...OPTIONAL_AFFINE,
    },
    {groups: false},
  );
  constructor(args: InstanceNormalizationArgs = {}) {
    super(args);
    this.groups = -1;
  }
}
