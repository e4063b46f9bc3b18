import type {serialization, Tensor} from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkAxis, checkFlags, checkShare} from '../check.js';
import {powerNorm} from '../ops/power_norm.js';
import {
  checkBackwardMode,
  checkScalingGroups,
  checkWarmup,
  type PowerNormBackwardMode,
} from '../ops/power_norm_config.js';
import {AffineLayer, type AffineLayerArgs, OPTIONAL_AFFINE} from './affine_layer.js';
import {checkArgs, optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import type {Kwargs} from './tfjs_types.js';
import {untrainedWeight} from './weight.js';

/** The options of `PowerNormalization`. */
export interface PowerNormalizationArgs extends AffineLayerArgs {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to every mean square. Defaults to 1e-5. */
  epsilon?: number;
  /** The share of the running mean square that stays at each step. Defaults to 0.9. */
  alphaForward?: number;
  /** The share of the running gradient correction that stays at each step. Defaults to 0.9. */
  alphaBackward?: number;
  /** For so many steps the batch's mean square divides; null or Infinity: always. Defaults to 10000. */
  warmupSteps?: number | null;
  /** How many groups of channels are scaled beforehand, as in `powerNorm`; 0: none. Defaults to 1. */
  groups?: number;
  /** The gradient: 'reference', the default, 'paper' or 'exact'; see `PowerNormBackwardMode`. */
  backwardMode?: PowerNormBackwardMode;
  /** Whether to keep the state finite and from diverging. Defaults to true. */
  guard?: boolean;
}

/**
 * Divides each channel by its running quadratic mean, in training too, with an approximate
 * gradient, [Shen et al. 2020](https://arxiv.org/abs/2003.07845); see `powerNorm`.
 *
 *     input    [batch, ..., channels]   the channels wherever `axis` says
 *     mask     [batch, ...]             as tf.layers pass it on; see the mask of `powerNorm`
 *     gamma, beta, phi, nu   [channels]      step   []
 *     output   as the input
 *
 * It trains and freezes as `BatchNormalization` does. phi, nu and step are weights that are not
 * trained: they are saved and loaded with the others.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.dense({units: 64, inputShape: [10]}));
 * model.add(tfn.layers.powerNormalization({groups: 4, warmupSteps: 1000}));
 * ```
 *
 * @throws If a number is out of its range; on building, if the axis does not exist or the groups
 *     do not divide the channels.
 */
export class PowerNormalization extends AffineLayer {
  static override readonly className: string = 'PowerNormalization';
  /** @internal */
  static override readonly options = optionsOf<PowerNormalizationArgs>({
    axis: true,
    alphaForward: true,
    alphaBackward: true,
    warmupSteps: true,
    groups: true,
    backwardMode: true,
    guard: true,
    ...OPTIONAL_AFFINE,
  });
  private readonly axis: number;
  private readonly alphaForward: number;
  private readonly alphaBackward: number;
  private readonly warmupSteps: number;
  private readonly groups: number;
  private readonly backwardMode: PowerNormBackwardMode;
  private readonly guard: boolean;
  private readonly phi = untrainedWeight('phi', initializers.ones());
  private readonly nu = untrainedWeight('nu', initializers.zeros());
  private readonly step = untrainedWeight('step', initializers.zeros(), 'int32');

  constructor(args: PowerNormalizationArgs = {}) {
    checkArgs(new.target, args);
    super({...args, epsilon: args.epsilon ?? 1e-5});
    this.axis = args.axis ?? -1;
    this.alphaForward = args.alphaForward ?? 0.9;
    this.alphaBackward = args.alphaBackward ?? 0.9;
    this.warmupSteps = args.warmupSteps === undefined ? 10000 : (args.warmupSteps ?? Infinity);
    this.groups = args.groups ?? 1;
    this.backwardMode = args.backwardMode ?? 'reference';
    this.guard = args.guard ?? true;
    checkFlags(this.name, args, ['guard']);
    checkShare(this.name, 'alphaForward', this.alphaForward);
    checkShare(this.name, 'alphaBackward', this.alphaBackward);
    checkWarmup(this.name, this.warmupSteps);
    checkBackwardMode(this.name, this.backwardMode);
  }

  protected override plan(rank: number): Plan {
    const {phi, nu, step} = this;
    return {
      axes: [checkAxis(this.name, this.axis, rank)],
      weights: ([channels]) => {
        checkScalingGroups(this.name, this.groups, channels);
        return [...this.affine([channels], [phi, nu]), [step, []]];
      },
    };
  }

  protected normalize(x: Tensor, kwargs: Kwargs): Tensor {
    const state = {phi: this.phi.read(), nu: this.nu.read(), step: this.step.read()};
    const {axis, epsilon, alphaForward, alphaBackward, warmupSteps, groups} = this;
    const {backwardMode, guard} = this;
    return powerNorm(x, state, {
      ...{axis, epsilon, alphaForward, alphaBackward, warmupSteps, groups, backwardMode, guard},
      ...this.params(),
      mask: kwargs['mask'] as Tensor | undefined,
      training: this.isTraining(kwargs),
    });
  }

  override getConfig(): serialization.ConfigDict {
    const {axis, alphaForward, alphaBackward, warmupSteps, groups, backwardMode, guard} = this;
    return {
      ...super.getConfig(),
      axis,
      alphaForward,
      alphaBackward,
      // JSON has no Infinity, and writes it as null.
      warmupSteps: Number.isFinite(warmupSteps) ? warmupSteps : null,
      groups,
      backwardMode,
      guard,
    };
  }
}
