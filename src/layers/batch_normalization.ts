import type * as tf from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {check, checkAxes, checkFlags, checkShare, show} from '../check.js';
import {batchNormMoving} from '../ops/batch_norm.js';
import {batchNormInference} from '../ops/batch_norm_inference.js';
import {AffineLayer, type AffineLayerArgs, OPTIONAL_AFFINE} from './affine_layer.js';
import {Renorm, type RenormClipping} from './batch_renorm.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import {optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import {sortedAxis} from './sorted_axis.js';
import type {Initializer, InitializerIdentifier, Kwargs} from './tfjs_types.js';
import {untrainedWeight, type Weight} from './weight.js';

/** The options of `BatchNormalization`. */
export interface BatchNormalizationArgs extends AffineLayerArgs {
  /** The axis of the features; a list, as Keras 2 writes it, may name several. Defaults to -1. */
  axis?: number | readonly number[];
  /** The share of the moving statistics that stays at each step. Defaults to 0.99. */
  momentum?: number;
  /** How the moving mean starts. Defaults to 'zeros'. */
  movingMeanInitializer?: InitializerIdentifier;
  /** How the moving variance starts. Defaults to 'ones'. */
  movingVarianceInitializer?: InitializerIdentifier;
  /**
   * Whether to use batch renormalization, [Ioffe 2017](https://arxiv.org/abs/1702.03275), which is
   * for small batches: in training too, outputs are normalized by running statistics. Defaults to
   * false.
   */
  renorm?: boolean;
  /** How far a batch's statistics may stray from the running ones. Defaults to no bounds. */
  renormClipping?: RenormClipping | null;
  /** The share of the running statistics of `renorm` that stays at each step. Defaults to 0.99. */
  renormMomentum?: number;
  /**
   * Ghost batch norm: in training, so many examples share statistics, and a batch falls into chunks of them; see
   * `batchNorm`. The moving statistics follow the averages over the chunks, as in Keras 2. Defaults to the whole batch.
   */
  virtualBatchSize?: number | null;
}

/**
 * Normalizes each feature by its mean and variance over the batch in training, and by moving
 * averages of these otherwise, [Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167);
 * `keras.layers.BatchNormalization`.
 *
 *     input    [batch, ..., features]   the features wherever `axis` says
 *     mask     [batch, ...]             as tf.layers pass it on; see the mask of `batchNorm`
 *     gamma, beta, moving_mean, moving_variance   [features]
 *     moving_stddev, renorm_mean, renorm_stddev   [features], with `renorm`
 *     output   as the input
 *
 * It trains under `fit` and `apply(x, {training: true})`. As in Keras, a frozen layer (its own
 * `trainable` or its model's is false) runs on its moving statistics and leaves them alone; a
 * `training` given in a symbolic call holds whenever its model runs. The moving variance averages
 * the biased one.
 *
 * In training, a batch of one row without positions is its own mean, so that the output is beta whatever
 * the input is; the console says so once. `renorm` is for such batches.
 *
 * Its registered class name is `FusedBatchNormalization`, so that models with tfjs's layer of
 * Keras's name load as before; see `replaceTfjsLayers`.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.dense({units: 100, inputShape: [784], useBias: false}));
 * model.add(tfn.layers.batchNormalization());
 * ```
 *
 * @throws If `momentum` or another number is out of its range; on building, if an axis does not exist.
 */
export class BatchNormalization extends AffineLayer {
  static override readonly className: string = 'FusedBatchNormalization';
  /** @internal */
  static override readonly options = optionsOf<BatchNormalizationArgs>(
    {
      axis: true,
      momentum: true,
      movingMeanInitializer: true,
      movingVarianceInitializer: true,
      renorm: true,
      renormClipping: true,
      renormMomentum: true,
      virtualBatchSize: true,
      ...OPTIONAL_AFFINE,
    },
    {
      adjustment: 'scale and shift in a layer behind',
    },
  );
  private readonly axis: number | number[];
  private readonly momentum: number;
  private readonly movingMean: Weight;
  private readonly movingVariance: Weight;
  /** Batch renormalization, or null without `renorm`; its `clipping` may be set between steps. */
  readonly renorm: Renorm | null;
  /** @internal Whether it runs on its moving statistics in training too, while gamma and beta learn. */
  readonly holdsStatistics: boolean = false;
  private readonly virtualBatchSize: number | null;

  constructor(args: BatchNormalizationArgs = {}) {
    super(args);
    checkFlags(this.name, args, ['renorm']);
    this.axis = (args.axis ?? -1) as number | number[];
    this.momentum = args.momentum ?? 0.99;
    checkShare(this.name, 'momentum', this.momentum);
    const resolve = (name: 'movingMeanInitializer' | 'movingVarianceInitializer') =>
      fromIdentifier<Initializer>(this.name, name, args[name]);
    const mean = resolve('movingMeanInitializer') ?? initializers.zeros();
    const variance = resolve('movingVarianceInitializer') ?? initializers.ones();
    this.movingMean = untrainedWeight('moving_mean', mean);
    this.movingVariance = untrainedWeight('moving_variance', variance);
    const {renorm = false, renormClipping, renormMomentum} = args;
    this.renorm = renorm
      ? new Renorm(this.name, renormClipping ?? {}, mean, variance, renormMomentum)
      : null;
    const {virtualBatchSize = null} = args;
    check(
      virtualBatchSize == null || (Number.isInteger(virtualBatchSize) && virtualBatchSize > 0),
      this.name,
      () => `virtualBatchSize must be a positive integer, but is ${show(virtualBatchSize)}.`,
    );
    check(
      virtualBatchSize == null || !renorm,
      this.name,
      () => `renorm must be false where there is a virtualBatchSize, but is true.`,
    );
    this.virtualBatchSize = virtualBatchSize;
  }

  protected override plan(rank: number): Plan {
    const moving = [this.movingMean, this.movingVariance, ...(this.renorm?.weights ?? [])];
    return {
      axes: checkAxes(this.name, this.axis, rank),
      weights: features => this.affine(features, moving),
    };
  }

  protected override isTraining(kwargs: Kwargs): boolean {
    return !this.holdsStatistics && super.isTraining(kwargs);
  }

  protected normalize(x: tf.Tensor, kwargs: Kwargs): tf.Tensor {
    const {axis, epsilon, momentum, renorm} = this;
    const [movingMean, movingVariance] = [this.movingMean.read(), this.movingVariance.read()];
    const config = {axis, epsilon, ...this.params()};
    if (!this.isTraining(kwargs)) return batchNormInference(x, movingMean, movingVariance, config);
    const mask = kwargs['mask'] as tf.Tensor | undefined;
    const moving = {mean: movingMean, variance: movingVariance, momentum};
    const {y, mean, variance} =
      renorm == null
        ? batchNormMoving(x, {...config, mask, virtualBatchSize: this.virtualBatchSize}, moving)
        : renorm.train(x, {...config, mask}, moving);
    if (x.size > 0) {
      this.movingMean.write(mean);
      this.movingVariance.write(variance);
    }
    return y;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: sortedAxis(this.axis, this.axes),
      momentum: this.momentum,
      movingMeanInitializer: toIdentifier(this.movingMean.rules.initializer),
      movingVarianceInitializer: toIdentifier(this.movingVariance.rules.initializer),
      ...this.renorm?.getConfig(),
      // Keras 3 does not know the key.
      ...(this.virtualBatchSize == null ? {} : {virtualBatchSize: this.virtualBatchSize}),
    };
  }
}
