import {type serialization, type Tensor} from '@tensorflow/tfjs-core';
import {checkChannelAxis, checkGroups} from '../check.js';
import {groupNorm} from '../ops/group_norm.js';
import {AffineLayer, type AffineLayerArgs, OPTIONAL_AFFINE} from './affine_layer.js';
import {optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import type {Kwargs} from './tfjs_types.js';

/** The options of `GroupNormalization`. */
export interface GroupNormalizationArgs extends AffineLayerArgs {
  /** How many groups the channels form; -1 for a group for each channel. Defaults to 32. */
  groups?: number;
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
}

/**
 * Normalizes each group of channels of each example by its own mean and variance,
 * [Wu & He 2018](https://arxiv.org/abs/1803.08494); `keras.layers.GroupNormalization`.
 *
 *     input    [batch, ..., channels]  or [batch, channels, ...] with axis 1
 *     mask     [batch, ...]            as tf.layers pass it on; see the mask of `groupNorm`
 *     gamma    [channels]              beta  [channels]
 *     output   as the input
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.groupNormalization({groups: 8, inputShape: [28, 28, 32]}));
 * ```
 */
export class GroupNormalization extends AffineLayer {
  static override readonly className: string = 'GroupNormalization';
  /** @internal */
  static override readonly options = optionsOf<GroupNormalizationArgs>({
    groups: true,
    axis: true,
    ...OPTIONAL_AFFINE,
  });
  protected groups: number;
  private readonly axis: number;

  constructor(args: GroupNormalizationArgs = {}) {
    super(args);
    this.groups = args.groups ?? 32;
    this.axis = args.axis ?? -1;
  }

  protected override plan(rank: number): Plan {
    return {
      axes: [checkChannelAxis(this.name, this.axis, rank)],
      weights: ([channels]) => {
        checkGroups(this.name, this.groups, channels);
        return this.affine([channels]);
      },
    };
  }

  protected normalize(x: Tensor, kwargs: Kwargs): Tensor {
    const {groups, axis, epsilon} = this;
    const mask = kwargs['mask'] as Tensor | undefined;
    return groupNorm(x, {groups, axis, epsilon, mask, ...this.params()});
  }

  override getConfig(): serialization.ConfigDict {
    return {...super.getConfig(), groups: this.groups, axis: this.axis};
  }
}
