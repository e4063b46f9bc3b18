import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkFlags} from '../check.js';
import {NormalizationLayer} from './normalization_layer.js';
import {Param} from './param.js';
import type {
  ConstraintIdentifier,
  InitializerIdentifier,
  LayerArgs,
  RegularizerIdentifier,
} from './tfjs_types.js';

export interface AffineLayerArgs extends LayerArgs {
  /** Keeps the divisor away from zero. Defaults to 1e-3. */
  epsilon?: number;
  /** Add the trainable offset `beta`. Defaults to true. */
  center?: boolean;
  /** Multiply by the trainable `gamma`. Defaults to true. */
  scale?: boolean;
  /** Defaults to 'zeros'. */
  betaInitializer?: InitializerIdentifier;
  /** Defaults to 'ones'. */
  gammaInitializer?: InitializerIdentifier;
  betaRegularizer?: RegularizerIdentifier;
  gammaRegularizer?: RegularizerIdentifier;
  /** Applied at each call: after `fit`, `getWeights` and `save` see the raw value until the next. */
  betaConstraint?: ConstraintIdentifier;
  /** As `betaConstraint`. */
  gammaConstraint?: ConstraintIdentifier;
}

/** A layer that normalizes and then applies the trainable `gamma` and `beta`. */
export abstract class AffineLayer extends NormalizationLayer {
  protected readonly epsilon: number;
  private readonly center: boolean;
  private readonly scale: boolean;
  private readonly gamma: Param;
  private readonly beta: Param;

  constructor(args: AffineLayerArgs) {
    super(args);
    checkFlags(this.name, args, ['center', 'scale']);
    this.epsilon = args.epsilon ?? 1e-3;
    this.center = args.center ?? true;
    this.scale = args.scale ?? true;
    this.gamma = new Param(this.name, 'gamma', args, initializers.ones());
    this.beta = new Param(this.name, 'beta', args, initializers.zeros());
  }

  /** Makes gamma and beta, where the layer has them; `build` calls it. */
  protected addParams(shape: number[]): void {
    if (this.scale) this.addParam(this.gamma, shape);
    if (this.center) this.addParam(this.beta, shape);
  }

  /** The current gamma and beta; null where the layer has none. */
  protected params(): {gamma: Tensor | null; beta: Tensor | null} {
    return {gamma: this.gamma.read(), beta: this.beta.read()};
  }

  override getConfig(): serialization.ConfigDict {
    const {epsilon, center, scale, gamma, beta} = this;
    return {
      ...super.getConfig(),
      epsilon,
      center,
      scale,
      ...beta.getConfig(),
      ...gamma.getConfig(),
    };
  }
}
