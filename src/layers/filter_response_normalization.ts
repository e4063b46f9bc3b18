import {clone, reshape, type serialization, type Tensor} from '@tensorflow/tfjs-core';
import {initializers, type LayerVariable, type Shape} from '@tensorflow/tfjs-layers';
import {checkFlags} from '../check.js';
import {checkSpatialAxes, filterResponseNorm} from '../ops/filter_response_norm.js';
import {AffineLayer, type AffineLayerArgs} from './affine_layer.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import type {Constraint, ConstraintIdentifier} from './tfjs_types.js';

export interface FilterResponseNormalizationArgs extends Omit<AffineLayerArgs, 'center' | 'scale'> {
  /** The spatial axes: all but that of the batch and that of the channels. Defaults to [1, 2]. */
  axis?: number | readonly number[];
  /** Added to the mean square, its sign apart. Defaults to 1e-6. */
  epsilon?: number;
  /** Add the absolute value of a trained number, which starts as 1e-4, as well. Defaults to false. */
  learnedEpsilon?: boolean;
  /** Applied at each call, as `betaConstraint` is. */
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
  static readonly className: string = 'FilterResponseNormalization';
  private readonly axis: number[];
  private readonly learnsEpsilon: boolean;
  private readonly learnedEpsilonConstraint: Constraint | null;
  private learnedEpsilon: LayerVariable | null = null;

  constructor(args: FilterResponseNormalizationArgs = {}) {
    super({...args, epsilon: Math.abs(args.epsilon ?? 1e-6), center: true, scale: true});
    this.axis = [args.axis ?? [1, 2]].flat();
    checkFlags(this.name, args, ['learnedEpsilon']);
    this.learnsEpsilon = args.learnedEpsilon ?? false;
    const name = 'learnedEpsilonConstraint';
    this.learnedEpsilonConstraint = fromIdentifier<Constraint>(this.name, name, args[name]);
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.onlyShape(inputShape);
    const {channelAxis} = checkSpatialAxes(this.name, this.axis, shape.length);
    const [channels] = this.knownSizes(shape, [channelAxis]);
    if (this.learnsEpsilon) {
      const start = initializers.constant({value: 1e-4});
      const constraint = this.learnedEpsilonConstraint ?? undefined;
      const add = [undefined, true, constraint] as const;
      this.learnedEpsilon = this.addWeight('learned_epsilon', [1], 'float32', start, ...add);
    }
    this.addParams(shape.map((_, i) => (i === channelAxis ? channels : 1)));
    this.expectSizes(shape, channelAxis, shape.length);
    super.build(inputShape);
  }

  protected normalize(x: Tensor): Tensor {
    const {gamma, beta} = this.params();
    const {axis, epsilon, learnedEpsilon, learnedEpsilonConstraint} = this;
    if (learnedEpsilonConstraint != null) learnedEpsilon?.write(clone(learnedEpsilon.read()));
    return filterResponseNorm(x, {
      axis,
      epsilon,
      learnedEpsilon: learnedEpsilon?.read(),
      gamma: reshape(gamma!, [-1]),
      beta: reshape(beta!, [-1]),
    });
  }

  override getConfig(): serialization.ConfigDict {
    const config = super.getConfig();
    // It always has both, and Addons has no such keys.
    delete config['center'];
    delete config['scale'];
    return {
      ...config,
      axis: this.axis,
      learnedEpsilon: this.learnsEpsilon,
      learnedEpsilonConstraint: toIdentifier(this.learnedEpsilonConstraint),
    };
  }
}
