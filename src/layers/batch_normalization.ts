import type * as tf from '@tensorflow/tfjs-core';
import {initializers, type LayerVariable, type Shape} from '@tensorflow/tfjs-layers';
import {checkAxes, checkFlags, checkShare, checkSupported} from '../check.js';
import {batchNorm} from '../ops/batch_norm.js';
import {batchNormInference} from '../ops/batch_norm_inference.js';
import {AffineLayer, type AffineLayerArgs} from './affine_layer.js';
import {movedTo, Renorm, type RenormClipping} from './batch_renorm.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import type {Initializer, InitializerIdentifier, Kwargs} from './tfjs_types.js';

export interface BatchNormalizationArgs extends AffineLayerArgs {
  /** The axis of the features; a list, as Keras 2 writes it, may name several. Defaults to -1. */
  axis?: number | readonly number[];
  /** How much of the moving statistics stays at each step. Defaults to 0.99. */
  momentum?: number;
  /** Defaults to 'zeros'. */
  movingMeanInitializer?: InitializerIdentifier;
  /** Defaults to 'ones'. */
  movingVarianceInitializer?: InitializerIdentifier;
  /**
   * Batch renormalization, [Ioffe 2017](https://arxiv.org/abs/1702.03275): in training too, outputs
   * are normalized by running statistics. For small batches. Defaults to false.
   */
  renorm?: boolean;
  /** How far a batch's statistics may stray from the running ones. Defaults to no bounds. */
  renormClipping?: RenormClipping | null;
  /** How much of the running statistics of `renorm` stays at each step. Defaults to 0.99. */
  renormMomentum?: number;
}

/**
 * Normalizes each feature by its mean and variance: those of the batch in training, moving
 * averages of them otherwise, [Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167);
 * `keras.layers.BatchNormalization`.
 *
 *     input    [batch, ..., features]   the features wherever `axis` says
 *     mask     [batch, ...]             as tf.layers pass it on; padding does not count
 *     gamma, beta, moving_mean, moving_variance   [features]
 *     moving_stddev, renorm_mean, renorm_stddev   [features], with `renorm`
 *     output   as the input
 *
 * It trains under `fit` and `apply(x, {training: true})`. As in Keras, a frozen layer (its own
 * `trainable` or its model's is false) runs on its moving statistics and leaves them alone; a
 * `training` given in a symbolic call holds whenever its model runs. The moving variance averages
 * the biased one.
 *
 * Its registered class name is `FusedBatchNormalization`, so that models with tfjs's layer of
 * Keras's name load as ever; see `replaceTfjsLayers`.
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
  static readonly className: string = 'FusedBatchNormalization';
  private readonly axis: number | number[];
  private readonly momentum: number;
  private readonly movingMeanInitializer: Initializer;
  private readonly movingVarianceInitializer: Initializer;
  /** Batch renormalization, where the layer has it; its `clipping` may be set between steps. */
  readonly renorm: Renorm | null;
  private movingMean!: LayerVariable;
  private movingVariance!: LayerVariable;

  constructor(args: BatchNormalizationArgs = {}) {
    super(args);
    checkSupported(this.name, args, ['virtualBatchSize', 'adjustment']);
    checkFlags(this.name, args, ['renorm']);
    this.axis = (args.axis ?? -1) as number | number[];
    this.momentum = args.momentum ?? 0.99;
    checkShare(this.name, 'momentum', this.momentum);
    const resolve = (name: 'movingMeanInitializer' | 'movingVarianceInitializer') =>
      fromIdentifier<Initializer>(this.name, name, args[name]);
    this.movingMeanInitializer = resolve('movingMeanInitializer') ?? initializers.zeros();
    this.movingVarianceInitializer = resolve('movingVarianceInitializer') ?? initializers.ones();
    const {renorm = false, renormClipping, renormMomentum} = args;
    this.renorm = renorm ? new Renorm(this.name, renormClipping ?? {}, renormMomentum) : null;
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = this.onlyShape(inputShape);
    const axes = checkAxes(this.name, this.axis, shape.length);
    const features = this.knownSizes(shape, axes);
    this.addParams(features);
    const addMoving = (name: string, initializer: Initializer) =>
      this.addWeight(name, features, 'float32', initializer, undefined, false);
    this.movingMean = addMoving('moving_mean', this.movingMeanInitializer);
    this.movingVariance = addMoving('moving_variance', this.movingVarianceInitializer);
    this.renorm?.build(addMoving, this.movingMeanInitializer, this.movingVarianceInitializer);
    this.expectSizes(shape, axes, shape.length);
    super.build(inputShape);
  }

  protected normalize(x: tf.Tensor, kwargs: Kwargs): tf.Tensor {
    const {axis, epsilon, renorm} = this;
    const params = this.params();
    if (!this.isTraining(kwargs)) {
      const [mean, variance] = [this.movingMean.read(), this.movingVariance.read()];
      return batchNormInference(x, mean, variance, {axis, epsilon, ...params});
    }
    const mask = kwargs['mask'] as tf.Tensor | undefined;
    const affine = renorm == null ? params : {};
    const {y, mean, variance} = batchNorm(x, {axis, epsilon, mask, ...affine});
    const output = renorm == null ? y : renorm.apply(y, {mean, variance, axis, epsilon, ...params});
    if (x.size > 0) this.learn(mean, variance);
    return output;
  }

  private learn(mean: tf.Tensor, variance: tf.Tensor): void {
    this.move(this.movingMean, mean);
    if (this.renorm == null) this.move(this.movingVariance, variance);
    else this.movingVariance.write(this.renorm.learn(mean, variance, this.epsilon, this.momentum));
  }

  private move(moving: LayerVariable, batch: tf.Tensor): void {
    moving.write(movedTo(batch, moving, this.momentum));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: this.axis,
      momentum: this.momentum,
      movingMeanInitializer: toIdentifier(this.movingMeanInitializer),
      movingVarianceInitializer: toIdentifier(this.movingVarianceInitializer),
      ...this.renorm?.getConfig(),
    };
  }
}
