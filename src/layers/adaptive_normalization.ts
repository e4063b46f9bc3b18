import * as tf from '@tensorflow/tfjs-core';
import {initializers, type Shape} from '@tensorflow/tfjs-layers';
import {check, checkChannelAxis, checkFlags, checkGroups, checkShare, showShape} from '../check.js';
import {checkEpsilon} from '../check_params.js';
import {batchNormMoving} from '../ops/batch_norm.js';
import {batchNormInference} from '../ops/batch_norm_inference.js';
import {groupNorm} from '../ops/group_norm.js';
import {instanceNorm} from '../ops/instance_norm.js';
import {layerNorm} from '../ops/layer_norm.js';
import {rmsNorm} from '../ops/rms_norm.js';
import {optionsOf} from './layer_options.js';
import {maskInModel} from './mask_in_model.js';
import {askedToTrain} from './normalization_layer.js';
import type {
  ConstraintIdentifier,
  InitializerIdentifier,
  Kwargs,
  LayerArgs,
  RegularizerIdentifier,
} from './tfjs_types.js';
import {checkOneOf, TwoInputLayer, type TwoInputPlan} from './two_input_layer.js';
import {trainedWeight, untrainedWeight, type Weight} from './weight.js';

/** The normalizations that a condition may scale and shift. */
export type AdaptiveNorm = 'layer' | 'rms' | 'group' | 'instance' | 'batch';

const NORMS: AdaptiveNorm[] = ['layer', 'rms', 'group', 'instance', 'batch'];

/** The options of `AdaptiveNormalization`. */
export interface AdaptiveNormalizationArgs extends LayerArgs {
  /** The normalization. Defaults to 'layer'. */
  norm?: AdaptiveNorm;
  /** Whether to give out a gate for the branch as well, as AdaLN-Zero does. Defaults to false. */
  gate?: boolean;
  /** The axis of the features. Defaults to -1, the last one. */
  axis?: number;
  /** Added to the variance or the mean square. Defaults to 1e-6, as in DiT. */
  epsilon?: number;
  /** With the norm 'group', how many groups the channels form; -1 for one for each channel. Defaults to 32. */
  groups?: number;
  /** With the norm 'batch', the share of the moving statistics that stays at each step. Defaults to 0.99. */
  momentum?: number;
  /** How the dense layer's kernel starts. Defaults to 'zeros', so that the layer starts as its norm alone. */
  kernelInitializer?: InitializerIdentifier;
  /** The loss that the kernel adds. Defaults to none. */
  kernelRegularizer?: RegularizerIdentifier;
  /** The limits of the kernel, applied at each call. Defaults to none. */
  kernelConstraint?: ConstraintIdentifier;
  /** How the dense layer's bias starts. Defaults to 'zeros'. */
  biasInitializer?: InitializerIdentifier;
  /** The loss that the bias adds. Defaults to none. */
  biasRegularizer?: RegularizerIdentifier;
  /** The limits of the bias, applied at each call. Defaults to none. */
  biasConstraint?: ConstraintIdentifier;
}

/**
 * Normalizes its first input, without parameters of its own, and scales and shifts each example by what a dense
 * layer makes of the second, the condition: AdaLN and AdaLN-Zero of
 * [DiT, Peebles & Xie 2022](https://arxiv.org/abs/2212.09748), adaptive group norm, FiLM, conditional instance and
 * batch norm.
 *
 *     inputs   [x, condition]            [batch, ..., features], [batch, size]
 *     kernel   [size, 2 · features]      with a gate [size, 3 · features]; starts as 0, as bias does
 *     bias     [2 · features]            for shift, scale and gate, in this order
 *     moving_mean, moving_variance       [features], with the norm 'batch'
 *     output   y, or [y, gate]           norm(x) * (1 + scale) + shift, as x; the gate is [batch, 1, ..., features]
 *
 * DiT puts `silu` before the dense layer: pass that on as the condition. A mask of `x` is passed on with `y`, and
 * leaves padding out of the statistics of group, instance and batch norm.
 *
 * ```js
 * const [x, condition] = [tf.input({shape: [16, 32]}), tf.input({shape: [8]})];
 * const [y, gate] = tfn.layers.adaptiveNormalization({gate: true}).apply([x, condition]);
 * const branch = tf.layers.multiply().apply([tf.layers.dense({units: 32}).apply(y), gate]);
 * const model = tf.model({inputs: [x, condition], outputs: tf.layers.add().apply([x, branch])});
 * ```
 *
 * @throws If an option is not of its kind; on building, if the condition has not two axes, or the axis is not one
 *     of the input's.
 */
export class AdaptiveNormalization extends TwoInputLayer {
  static override readonly className: string = 'AdaptiveNormalization';
  /** @internal */
  static override readonly options = optionsOf<AdaptiveNormalizationArgs>({
    norm: true,
    gate: true,
    axis: true,
    epsilon: true,
    groups: true,
    momentum: true,
    kernelInitializer: true,
    kernelRegularizer: true,
    kernelConstraint: true,
    biasInitializer: true,
    biasRegularizer: true,
    biasConstraint: true,
  });
  protected readonly inputNames = '[x, condition]';
  private readonly norm: AdaptiveNorm;
  private readonly gate: boolean;
  private readonly axis: number;
  private readonly epsilon: number;
  private readonly groups: number;
  private readonly momentum: number;
  private readonly kernel: Weight;
  private readonly bias: Weight;
  private readonly movingMean = untrainedWeight('moving_mean', initializers.zeros());
  private readonly movingVariance = untrainedWeight('moving_variance', initializers.ones());

  constructor(args: AdaptiveNormalizationArgs = {}) {
    super(args);
    const {norm = 'layer', gate = false, axis = -1, epsilon = 1e-6} = args;
    checkOneOf(this.name, 'norm', norm, NORMS);
    checkFlags(this.name, {gate}, ['gate']);
    checkEpsilon(this.name, epsilon);
    this.norm = norm;
    this.gate = gate;
    this.axis = axis;
    this.epsilon = epsilon;
    this.groups = args.groups ?? 32;
    this.momentum = args.momentum ?? 0.99;
    checkShare(this.name, 'momentum', this.momentum);
    this.kernel = trainedWeight(this.name, 'kernel', args, initializers.zeros());
    this.bias = trainedWeight(this.name, 'bias', args, initializers.zeros());
  }

  private get parts(): number {
    return this.gate ? 3 : 2;
  }

  protected override plan(x: Shape, condition: Shape): TwoInputPlan {
    check(
      condition.length === 2,
      this.name,
      () =>
        `the condition must have the shape [batch, size], but has ${showShape(condition as number[])}.`,
    );
    this.checkExamples(x, condition);
    const features = this.sizeOf('x', x, this.featureAxis(x.length));
    if (this.norm === 'group') checkGroups(this.name, this.groups, features);
    const outputs = this.parts * features;
    const weights: TwoInputPlan['weights'] = [
      [this.kernel, [this.sizeOf('the condition', condition, 1), outputs]],
      [this.bias, [outputs]],
    ];
    if (this.norm === 'batch') {
      weights.push([this.movingMean, [features]], [this.movingVariance, [features]]);
    }
    return {axes: [this.axis, 1], weights};
  }

  private checkExamples([examples]: Shape, [others]: Shape): void {
    check(
      examples == null || others == null || examples === others,
      this.name,
      () => `the condition must have as many examples as x, ${examples}, but has ${others}.`,
    );
  }

  /** Parameters of each example need an axis of the batch beside that of the features. */
  private featureAxis(rank: number): number {
    return checkChannelAxis(this.name, this.axis, rank);
  }

  protected override run(x: tf.Tensor, condition: tf.Tensor, kwargs: Kwargs) {
    const axis = this.featureAxis(x.rank);
    this.checkExamples(x.shape, condition.shape);
    const [kernel, bias] = [this.kernel.read(), this.bias.read()];
    const dense = tf.add(tf.matMul(condition as tf.Tensor2D, kernel as tf.Tensor2D), bias);
    const shape = x.shape.map((size, i) => (i === 0 || i === axis ? size : 1));
    const [beta, gamma, ...gate] = tf
      .split(dense, this.parts, 1)
      .map(part => tf.reshape(part, shape));
    const y = this.normalized(
      x,
      {axis, epsilon: this.epsilon, gamma, beta, gammaOffset: 1},
      kwargs,
    );
    return this.gate ? [y, gate[0]] : y;
  }

  private normalized(
    x: tf.Tensor,
    config: {axis: number; epsilon: number; gamma: tf.Tensor; beta: tf.Tensor; gammaOffset: number},
    kwargs: Kwargs,
  ): tf.Tensor {
    const given = [kwargs['mask'] as tf.Tensor | tf.Tensor[] | null].flat()[0];
    // Only a model hands on a mask that may be that of another layer.
    const isOwn = given == null || this.inboundNodes.length === 0;
    const mask = isOwn ? given : maskInModel(this, x, given);
    switch (this.norm) {
      case 'layer':
        return layerNorm(x, config);
      case 'rms':
        return rmsNorm(x, config);
      case 'group':
        return groupNorm(x, {...config, groups: this.groups, mask});
      case 'instance':
        return instanceNorm(x, {...config, mask});
      case 'batch':
        return this.batch(x, {...config, mask}, kwargs);
    }
  }

  private batch(
    x: tf.Tensor,
    {mask, ...config}: Parameters<typeof batchNormMoving>[1],
    kwargs: Kwargs,
  ): tf.Tensor {
    const [mean, variance] = [this.movingMean.read(), this.movingVariance.read()];
    const trains = this.trainable && this.kernel.variable!.trainable;
    if (!trains || !askedToTrain(this, kwargs)) {
      return batchNormInference(x, mean, variance, config);
    }
    const moving = {mean, variance, momentum: this.momentum};
    const moved = batchNormMoving(x, {...config, mask}, moving);
    if (x.size > 0) {
      this.movingMean.write(moved.mean);
      this.movingVariance.write(moved.variance);
    }
    return moved.y;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const [x] = inputShape as Shape[];
    if (!this.gate) return x;
    const axis = this.featureAxis(x.length);
    return [x, x.map((size, i) => (i === 0 || i === axis ? size : 1))];
  }

  override computeMask(_: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const ofX = [mask ?? null].flat()[0];
    return (this.gate ? [ofX, null] : ofX) as tf.Tensor;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {norm, gate, axis, epsilon, groups, momentum} = this;
    const rules = {...this.kernel.getConfig(), ...this.bias.getConfig()};
    return {...super.getConfig(), norm, gate, axis, epsilon, groups, momentum, ...rules};
  }
}
