import type {Tensor} from '@tensorflow/tfjs-core';
import {dynamicTanh} from '../ops/dynamic_tanh.js';
import {optionsOf} from './layer_options.js';
import {SQUASH, SquashLayer, type SquashLayerArgs} from './squash_layer.js';

/** The options of `DynamicTanh`. */
export type DynamicTanhArgs = SquashLayerArgs;

/**
 * Dynamic tanh (DyT), which stands in the place of layer normalization and takes no statistic,
 * [Zhu et al. 2025](https://arxiv.org/abs/2503.10622).
 *
 *     input    [batch, ..., features]
 *     alpha    [1]                       starts as 0.5
 *     gamma    [features]                beta  [features]
 *     output   as the input              gamma * tanh(alpha * x) + beta
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.dynamicTanh({inputShape: [10]}));
 * ```
 */
export class DynamicTanh extends SquashLayer {
  static override readonly className: string = 'DynamicTanh';
  /** @internal */
  static override readonly options = optionsOf<DynamicTanhArgs>(SQUASH);

  constructor(args: DynamicTanhArgs = {}) {
    super(args);
  }

  protected normalize(x: Tensor): Tensor {
    return dynamicTanh(x, {axis: this.axis, alpha: this.alpha.read(), ...this.params()});
  }
}
