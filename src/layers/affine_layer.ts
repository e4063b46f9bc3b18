import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkFlags} from '../check.js';
import {checkEpsilon} from '../check_params.js';
import type {OwnOptions} from './layer_options.js';
import {NormalizationLayer} from './normalization_layer.js';
import type {
  ConstraintIdentifier,
  InitializerIdentifier,
  LayerArgs,
  RegularizerIdentifier,
} from './tfjs_types.js';
import {trainedWeight, type Weight} from './weight.js';

/** The options of all layers that multiply by `gamma` and add `beta`, with Keras's names. */
export interface AffineLayerArgs extends LayerArgs {
  /** Keeps the divisor away from zero. Defaults to 1e-3. */
  epsilon?: number;
  /** Whether to add the trainable offset `beta`. Defaults to true. */
  center?: boolean;
  /** Whether to multiply by the trainable `gamma`. Defaults to true. */
  scale?: boolean;
  /** How `beta` starts. Defaults to 'zeros'. */
  betaInitializer?: InitializerIdentifier;
  /** How `gamma` starts. Defaults to 'ones'. */
  gammaInitializer?: InitializerIdentifier;
  /** The loss that `beta` adds. Defaults to none. */
  betaRegularizer?: RegularizerIdentifier;
  /** The loss that `gamma` adds. Defaults to none. */
  gammaRegularizer?: RegularizerIdentifier;
  /**
   * The limits of `beta`. They are applied at each call: after `fit`, `getWeights` and `save` see
   * the raw value until the next one. Defaults to none.
   */
  betaConstraint?: ConstraintIdentifier;
  /** The limits of `gamma`, applied as `betaConstraint` is. Defaults to none. */
  gammaConstraint?: ConstraintIdentifier;
}

/** The options of layers whose gamma and beta cannot be left out. */
export const AFFINE: OwnOptions<Omit<AffineLayerArgs, 'center' | 'scale'>> = {
  epsilon: true,
  betaInitializer: true,
  gammaInitializer: true,
  betaRegularizer: true,
  gammaRegularizer: true,
  betaConstraint: true,
  gammaConstraint: true,
};
/** The options of all others. */
export const OPTIONAL_AFFINE: OwnOptions<AffineLayerArgs> = {center: true, scale: true, ...AFFINE};

/**
 * The base of layers that normalize and then apply the trainable `gamma` and `beta`, with Keras's options for both. A
 * class derived from it has these in its plan by `affine`, and their values by `params`.
 *
 * ```js
 * // Statistics over all positions and channels of an example, and parameters of each channel.
 * class ExampleNorm extends tfn.AffineLayer {
 *   static className = 'ExampleNorm';
 *   plan(rank) {
 *     return {axes: [rank - 1], weights: channels => this.affine(channels)};
 *   }
 *   normalize(x) {
 *     const axis = x.shape.map((_, i) => i).slice(1);
 *     return tfn.normalize(x, {axis, params: -1, epsilon: this.epsilon, ...this.params()});
 *   }
 * }
 * tf.serialization.registerClass(ExampleNorm);
 * const model = tf.sequential({layers: [new ExampleNorm({inputShape: [8, 8, 3]})]});
 * ```
 */
export abstract class AffineLayer extends NormalizationLayer {
  /** Keeps the divisor away from zero. */
  protected readonly epsilon: number;
  private readonly center: boolean;
  private readonly scale: boolean;
  private readonly gamma: Weight;
  private readonly beta: Weight;

  constructor(args: AffineLayerArgs = {}) {
    super(args);
    checkFlags(this.name, args, ['center', 'scale']);
    this.epsilon = args.epsilon ?? 1e-3;
    checkEpsilon(this.name, this.epsilon);
    this.center = args.center ?? true;
    this.scale = args.scale ?? true;
    this.gamma = trainedWeight(this.name, 'gamma', args, initializers.ones());
    this.beta = trainedWeight(this.name, 'beta', args, initializers.zeros());
  }

  /** For a plan: gamma and beta, where the layer has them, and others behind, all in this shape. */
  protected affine(shape: number[], others: Weight[] = []): Array<[Weight, number[]]> {
    const {scale, center, gamma, beta} = this;
    const weights = [...(scale ? [gamma] : []), ...(center ? [beta] : []), ...others];
    return weights.map(weight => [weight, shape]);
  }

  /** The current gamma and beta; null where the layer has none. */
  protected params(): {gamma: Tensor | null; beta: Tensor | null} {
    return {
      gamma: this.scale ? this.gamma.read() : null,
      beta: this.center ? this.beta.read() : null,
    };
  }

  override getConfig(): serialization.ConfigDict {
    const {epsilon, center, scale, gamma, beta} = this;
    const rules = {...beta.getConfig(), ...gamma.getConfig()};
    return {...super.getConfig(), epsilon, center, scale, ...rules};
  }
}
