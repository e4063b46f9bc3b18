import type {serialization, Tensor, Variable} from '@tensorflow/tfjs-core';
import {initializers, type LayerVariable, type Shape} from '@tensorflow/tfjs-layers';
import {checkAxis, checkFlags, checkShare} from '../check.js';
import {powerNorm} from '../ops/power_norm.js';
import {
  checkBackwardMode,
  checkScalingGroups,
  checkWarmup,
  type PowerNormBackwardMode,
} from '../ops/power_norm_config.js';
import {AffineLayer, type AffineLayerArgs} from './affine_layer.js';
import type {Kwargs} from './tfjs_types.js';

export interface PowerNormalizationArgs extends AffineLayerArgs {
  /** The axis of the channels. Defaults to -1, the last one. */
  axis?: number;
  /** Added to every mean square. Defaults to 1e-5. */
  epsilon?: number;
  /** How much of the running mean square stays at each step. Defaults to 0.9. */
  alphaForward?: number;
  /** How much of the running gradient correction stays at each step. Defaults to 0.9. */
  alphaBackward?: number;
  /** For so many steps the batch's mean square is used; null or Infinity: ever. Defaults to 10000. */
  warmupSteps?: number | null;
  /** How many groups of channels are scaled beforehand; 0 for no scaling. Defaults to 1. */
  groups?: number;
  /** 'reference', the default, 'paper' or 'exact'; see `powerNorm`. */
  backwardMode?: PowerNormBackwardMode;
  /** Keep the state finite and from diverging. Defaults to true. */
  guard?: boolean;
}

/**
 * Divides each channel by its running quadratic mean, in training too, with an approximate
 * gradient, [Shen et al. 2020](https://arxiv.org/abs/2003.07845); see `powerNorm`.
 *
 *     input    [batch, ..., channels]   the channels wherever `axis` says
 *     mask     [batch, ...]             as tf.layers pass it on; padding does not count
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
  static readonly className: string = 'PowerNormalization';
  private readonly axis: number;
  private readonly alphaForward: number;
  private readonly alphaBackward: number;
  private readonly warmupSteps: number;
  private readonly groups: number;
  private readonly backwardMode: PowerNormBackwardMode;
  private readonly guard: boolean;
  private phi!: LayerVariable;
  private nu!: LayerVariable;
  private step!: LayerVariable;

  constructor(args: PowerNormalizationArgs = {}) {
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

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.onlyShape(inputShape);
    const axis = checkAxis(this.name, this.axis, shape.length);
    const [channels] = this.knownSizes(shape, [axis]);
    checkScalingGroups(this.name, this.groups, channels);
    this.addParams([channels]);
    const {ones, zeros} = initializers;
    const add = (name: string, shape: Shape, start: typeof ones, dtype: 'float32' | 'int32') =>
      this.addWeight(name, shape, dtype, start(), undefined, false);
    this.phi = add('phi', [channels], ones, 'float32');
    this.nu = add('nu', [channels], zeros, 'float32');
    this.step = add('step', [], zeros, 'int32');
    this.expectSizes(shape, axis, shape.length);
    super.build(inputShape);
  }

  protected normalize(x: Tensor, kwargs: Kwargs): Tensor {
    // What tfjs types as a snapshot is the variable itself.
    const [phi, nu, step] = [this.phi, this.nu, this.step].map(v => v.read() as Variable);
    const {axis, epsilon, alphaForward, alphaBackward, warmupSteps, groups} = this;
    const {backwardMode, guard} = this;
    return powerNorm(
      x,
      {phi, nu, step},
      {
        ...{axis, epsilon, alphaForward, alphaBackward, warmupSteps, groups, backwardMode, guard},
        ...this.params(),
        mask: kwargs['mask'] as Tensor | undefined,
        training: this.isTraining(kwargs),
      },
    );
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
