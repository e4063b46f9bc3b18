import * as tf from '@tensorflow/tfjs-core';
import {initializers, InputSpec, type LayerVariable, type Shape} from '@tensorflow/tfjs-layers';
import {checkAxes, checkSupported} from '../check.js';
import {batchNorm} from '../ops/batch_norm.js';
import {batchNormInference} from '../ops/batch_norm_inference.js';
import {AffineLayer, type AffineLayerArgs} from './affine_layer.js';
import {fromIdentifier, toIdentifier} from './identifiers.js';
import type {Initializer, InitializerIdentifier, Kwargs} from './tfjs_types.js';

export interface BatchNormalizationArgs extends AffineLayerArgs {
  /** The axis of the features; a list, as Keras 2 writes it, may name several. Defaults to -1. */
  axis?: number | number[];
  /** How much of the moving statistics stays at each step. Defaults to 0.99. */
  momentum?: number;
  /** Defaults to 'zeros'. */
  movingMeanInitializer?: InitializerIdentifier;
  /** Defaults to 'ones'. */
  movingVarianceInitializer?: InitializerIdentifier;
}

/**
 * Normalizes each feature by its mean and variance: those of the batch in training, moving
 * averages of them otherwise, [Ioffe & Szegedy 2015](https://arxiv.org/abs/1502.03167);
 * `keras.layers.BatchNormalization`.
 *
 *     input    [batch, ..., features]   the features wherever `axis` says
 *     gamma, beta, moving_mean, moving_variance   [features]
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
 */
export class BatchNormalization extends AffineLayer {
  static readonly className: string = 'FusedBatchNormalization';
  private readonly axis: number | number[];
  private readonly momentum: number;
  private readonly movingMeanInitializer: Initializer;
  private readonly movingVarianceInitializer: Initializer;
  private movingMean!: LayerVariable;
  private movingVariance!: LayerVariable;

  constructor(args: BatchNormalizationArgs = {}) {
    super(args);
    checkSupported(this.name, args, ['renorm', 'virtualBatchSize', 'adjustment']);
    this.axis = args.axis ?? -1;
    this.momentum = args.momentum ?? 0.99;
    const resolve = (name: 'movingMeanInitializer' | 'movingVarianceInitializer') =>
      fromIdentifier<Initializer>(this.name, name, args[name]);
    this.movingMeanInitializer = resolve('movingMeanInitializer') ?? initializers.zeros();
    this.movingVarianceInitializer = resolve('movingVarianceInitializer') ?? initializers.ones();
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
    const sizes = Object.fromEntries(axes.map((axis, i) => [axis, features[i]]));
    this.inputSpec = [new InputSpec({ndim: shape.length, axes: sizes})];
    super.build(inputShape);
  }

  protected normalize(x: tf.Tensor, kwargs: Kwargs): tf.Tensor {
    const config = {axis: this.axis, epsilon: this.epsilon, ...this.params()};
    if (!this.isTraining(kwargs)) {
      return batchNormInference(x, this.movingMean.read(), this.movingVariance.read(), config);
    }
    const {y, mean, variance} = batchNorm(x, config);
    if (x.size > 0) {
      this.move(this.movingMean, mean);
      this.move(this.movingVariance, variance);
    }
    return y;
  }

  private move(moving: LayerVariable, batch: tf.Tensor): void {
    const {momentum} = this;
    moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(batch, 1 - momentum)));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      axis: this.axis,
      momentum: this.momentum,
      movingMeanInitializer: toIdentifier(this.movingMeanInitializer),
      movingVarianceInitializer: toIdentifier(this.movingVarianceInitializer),
    };
  }
}
