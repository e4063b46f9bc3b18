import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkFlags} from '../check.js';
import {checkSpatialAxes, filterResponseNorm} from '../ops/filter_response_norm.js';
import {AFFINE, AffineLayer, type AffineLayerArgs} from './affine_layer.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import {checkArgs, optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import type {Constraint, ConstraintIdentifier} from './tfjs_types.js';
import {Weight} from './weight.js';

/** The options of `FilterResponseNormalization`. */
export interface FilterResponseNormalizationArgs extends Omit<AffineLayerArgs, 'center' | 'scale'> {
  /** The spatial axes: all but the batch's and the channels'. Defaults to [1, 2]. */
  axis?: number | readonly number[];
  /** Its absolute value is added to the mean square. Defaults to 1e-6. */
  epsilon?: number;
  /**
   * Whether to add the absolute value of a trained number too, which starts as 1e-4. It is a flag, as
   * in TensorFlow Addons; the op `filterResponseNorm` takes the number itself. Defaults to false.
   */
  learnedEpsilon?: boolean;
  /** The limits of that number, applied as `betaConstraint` is. Defaults to none. */
  learnedEpsilonConstraint?: ConstraintIdentifier;
}

/**
 * Divides each channel of each example by its root mean square over all positions,
 * [Singh & Krishnan 2019](https://arxiv.org/abs/1911.09737); TensorFlow Addons'
 * `FilterResponseNormalization`. A `TLU` usually follows it.
 *
 *     input    [batch, height, width, channels]; any rank and place of the channels by `axis`
 *     learned_epsilon   [1]   where it is asked for
 *     gamma, beta   [1, 1, 1, channels]   of the input's rank
 *     output   as the input
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tfn.layers.filterResponseNormalization({inputShape: [28, 28, 3]}));
 * model.add(tfn.layers.thresholdedLinearUnit());
 * ```
 *
 * @throws On building, if `axis` does not name all axes but two.
 */
export class FilterResponseNormalization extends AffineLayer {
  static override readonly className: string = 'FilterResponseNormalization';
  /** @internal */
  static override readonly options = optionsOf<FilterResponseNormalizationArgs>({
    axis: true,
    learnedEpsilon: true,
    learnedEpsilonConstraint: true,
    ...AFFINE,
  });
  private readonly axis: number[];
  private readonly learnsEpsilon: boolean;
  private readonly learnedEpsilon: Weight;

  constructor(args: FilterResponseNormalizationArgs = {}) {
    checkArgs(new.target, args);
    super({...args, epsilon: Math.abs(args.epsilon ?? 1e-6)});
    this.axis = [args.axis ?? [1, 2]].flat();
    checkFlags(this.name, args, ['learnedEpsilon']);
    this.learnsEpsilon = args.learnedEpsilon ?? false;
    const name = 'learnedEpsilonConstraint';
    this.learnedEpsilon = new Weight('learned_epsilon', {
      initializer: initializers.constant({value: 1e-4}),
      constraint: fromIdentifier<Constraint>(this.name, name, args[name]),
    });
  }

  protected override plan(rank: number): Plan {
    const {channelAxis} = checkSpatialAxes(this.name, this.axis, rank);
    return {
      axes: [channelAxis],
      weights: ([channels]) => {
        const shape = Array.from({length: rank}, (_, i) => (i === channelAxis ? channels : 1));
        const affine = this.affine(shape);
        return this.learnsEpsilon ? [[this.learnedEpsilon, [1]], ...affine] : affine;
      },
    };
  }

  protected normalize(x: Tensor): Tensor {
    const {gamma, beta} = this.params();
    const {axis, epsilon} = this;
    return filterResponseNorm(x, {
      axis,
      epsilon,
      learnedEpsilon: this.learnsEpsilon ? this.learnedEpsilon.read() : null,
      gamma,
      beta,
    });
  }

  override getConfig(): serialization.ConfigDict {
    const config = super.getConfig();
    // The layer always has both parameters, and Addons has no such keys.
    delete config['center'];
    delete config['scale'];
    return {
      ...config,
      axis: this.axis,
      learnedEpsilon: this.learnsEpsilon,
      learnedEpsilonConstraint: toIdentifier(this.learnedEpsilon.rules.constraint),
    };
  }
}
