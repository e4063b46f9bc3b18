import {clone, type serialization, type Tensor} from '@tensorflow/tfjs-core';
import {initializers, type LayerVariable} from '@tensorflow/tfjs-layers';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import {NormalizationLayer} from './normalization_layer.js';
import type {
  Constraint,
  ConstraintIdentifier,
  Initializer,
  InitializerIdentifier,
  LayerArgs,
  Regularizer,
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
  betaConstraint?: ConstraintIdentifier;
  gammaConstraint?: ConstraintIdentifier;
}

/** How one of a layer's weights starts and is kept. */
type WeightRules = {
  initializer: Initializer;
  regularizer: Regularizer | null;
  constraint: Constraint | null;
};

/** A layer that normalizes and then applies the trainable `gamma` and `beta`. */
export abstract class AffineLayer extends NormalizationLayer {
  protected readonly epsilon: number;
  private readonly center: boolean;
  private readonly scale: boolean;
  private readonly gammaRules: WeightRules;
  private readonly betaRules: WeightRules;
  private gammaVariable: LayerVariable | null = null;
  private betaVariable: LayerVariable | null = null;

  constructor(args: AffineLayerArgs) {
    super(args);
    this.epsilon = args.epsilon ?? 1e-3;
    this.center = args.center ?? true;
    this.scale = args.scale ?? true;
    const rules = (param: 'gamma' | 'beta', start: 'zeros' | 'ones'): WeightRules => {
      const resolve = (rule: 'Initializer' | 'Regularizer' | 'Constraint') =>
        fromIdentifier(this.name, param + rule, args[`${param}${rule}`]);
      return {
        initializer: (resolve('Initializer') as Initializer | null) ?? initializers[start](),
        regularizer: resolve('Regularizer') as Regularizer | null,
        constraint: resolve('Constraint') as Constraint | null,
      };
    };
    this.gammaRules = rules('gamma', 'ones');
    this.betaRules = rules('beta', 'zeros');
  }

  /** Makes gamma and beta, where the layer has them; `build` calls it. */
  protected addParams(shape: number[]): void {
    const add = (name: string, {initializer, regularizer, constraint}: WeightRules) =>
      this.addWeight(
        name,
        shape,
        'float32',
        initializer,
        regularizer ?? undefined,
        true,
        constraint ?? undefined,
      );
    if (this.scale) this.gammaVariable = add('gamma', this.gammaRules);
    if (this.center) this.betaVariable = add('beta', this.betaRules);
  }

  /** The current gamma and beta; null where the layer has none. */
  protected params(): {gamma: Tensor | null; beta: Tensor | null} {
    const read = (variable: LayerVariable | null, {constraint}: WeightRules): Tensor | null => {
      // tfjs's optimizers go past the constraint: it holds for what is written only.
      if (constraint != null) variable?.write(clone(variable.read()));
      return variable?.read() ?? null;
    };
    return {
      gamma: read(this.gammaVariable, this.gammaRules),
      beta: read(this.betaVariable, this.betaRules),
    };
  }

  override getConfig(): serialization.ConfigDict {
    const {epsilon, center, scale, gammaRules, betaRules} = this;
    return {
      ...super.getConfig(),
      epsilon,
      center,
      scale,
      betaInitializer: toIdentifier(betaRules.initializer),
      gammaInitializer: toIdentifier(gammaRules.initializer),
      betaRegularizer: toIdentifier(betaRules.regularizer),
      gammaRegularizer: toIdentifier(gammaRules.regularizer),
      betaConstraint: toIdentifier(betaRules.constraint),
      gammaConstraint: toIdentifier(gammaRules.constraint),
    };
  }
}
