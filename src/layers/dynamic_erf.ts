import type {Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {dynamicErf} from '../ops/dynamic_erf.js';
import {optionsOf} from './layer_options.js';
import {SQUASH, SquashLayer, type SquashLayerArgs} from './squash_layer.js';
import type {
  ConstraintIdentifier,
  InitializerIdentifier,
  RegularizerIdentifier,
} from './tfjs_types.js';
import {trainedWeight, type Weight} from './weight.js';

/** The options of `DynamicErf`. */
export interface DynamicErfArgs extends SquashLayerArgs {
  /** How `shift`, one number, starts. Defaults to 'zeros'. */
  shiftInitializer?: InitializerIdentifier;
  /** The loss that `shift` adds. Defaults to none. */
  shiftRegularizer?: RegularizerIdentifier;
  /** The limits of `shift`, applied as `betaConstraint` is. Defaults to none. */
  shiftConstraint?: ConstraintIdentifier;
}

/**
 * Dynamic erf (Derf), which stands in the place of layer normalization and takes no statistic,
 * [Chen et al. 2025](https://arxiv.org/abs/2512.10938).
 *
 *     input    [batch, ..., features]
 *     alpha    [1]                       starts as 0.5
 *     shift    [1]                       starts as 0
 *     gamma    [features]                beta  [features]
 *     output   as the input              gamma * erf(alpha * x + shift) + beta
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.dynamicErf({inputShape: [10]}));
 * ```
 */
export class DynamicErf extends SquashLayer {
  static override readonly className: string = 'DynamicErf';
  /** @internal */
  static override readonly options = optionsOf<DynamicErfArgs>({
    shiftInitializer: true,
    shiftRegularizer: true,
    shiftConstraint: true,
    ...SQUASH,
  });
  private readonly shift: Weight;

  constructor(args: DynamicErfArgs = {}) {
    super(args);
    this.shift = trainedWeight(this.name, 'shift', args, initializers.zeros());
  }

  protected override scalars(): Weight[] {
    return [this.alpha, this.shift];
  }

  protected normalize(x: Tensor): Tensor {
    const [alpha, shift] = this.scalars().map(weight => weight.read());
    return dynamicErf(x, {axis: this.axis, alpha, shift, ...this.params()});
  }
}
