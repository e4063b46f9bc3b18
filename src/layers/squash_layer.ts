import type {serialization} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkAxes} from '../check.js';
import {AffineLayer, type AffineLayerArgs} from './affine_layer.js';
import {checkArgs, type OwnOptions} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import {sortedAxis} from './sorted_axis.js';
import type {
  ConstraintIdentifier,
  InitializerIdentifier,
  RegularizerIdentifier,
} from './tfjs_types.js';
import {trainedWeight, type Weight} from './weight.js';

/** The options of layers that squash in the place of normalizing. */
export interface SquashLayerArgs extends Omit<AffineLayerArgs, 'epsilon'> {
  /** The axis or axes of the features, along which gamma and beta vary. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** How `alpha`, one number, starts. Defaults to the constant 0.5. */
  alphaInitializer?: InitializerIdentifier;
  /** The loss that `alpha` adds. Defaults to none. */
  alphaRegularizer?: RegularizerIdentifier;
  /** The limits of `alpha`, applied as `betaConstraint` is. Defaults to none. */
  alphaConstraint?: ConstraintIdentifier;
}

/** The names of these options. */
export const SQUASH: OwnOptions<SquashLayerArgs> = {
  axis: true,
  alphaInitializer: true,
  alphaRegularizer: true,
  alphaConstraint: true,
  center: true,
  scale: true,
  betaInitializer: true,
  gammaInitializer: true,
  betaRegularizer: true,
  gammaRegularizer: true,
  betaConstraint: true,
  gammaConstraint: true,
};

/** A layer that squashes its input, scaled by the trainable `alpha`, and then applies gamma and beta. */
export abstract class SquashLayer extends AffineLayer {
  protected readonly axis: number | number[];
  protected readonly alpha: Weight;

  constructor(args: SquashLayerArgs = {}) {
    checkArgs(new.target, args);
    super(args);
    this.axis = (args.axis ?? -1) as number | number[];
    const start = initializers.constant({value: 0.5});
    this.alpha = trainedWeight(this.name, 'alpha', args, start);
  }

  /** The numbers that all elements share. */
  protected scalars(): Weight[] {
    return [this.alpha];
  }

  protected override plan(rank: number): Plan {
    const axes = checkAxes(this.name, this.axis, rank);
    return {
      axes,
      anyRank: this.axis,
      weights: features => [
        ...this.scalars().map((weight): [Weight, number[]] => [weight, [1]]),
        ...this.affine(features),
      ],
    };
  }

  override getConfig(): serialization.ConfigDict {
    const config = super.getConfig();
    delete config['epsilon'];
    const axis = sortedAxis(this.axis, this.axes);
    const rules = this.scalars().map(weight => weight.getConfig());
    return Object.assign(config, {axis}, ...rules) as serialization.ConfigDict;
  }
}
