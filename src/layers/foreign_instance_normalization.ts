/**
 * Instance normalization as models of other sources have it, under the name of our class. Their
 * configs tell them apart: ours and that of TensorFlow Addons have `groups`.
 */
import * as tf from '@tensorflow/tfjs-core';
import {initializers} from '@tensorflow/tfjs-layers';
import {checkChannelAxis} from '../check.js';
import {instanceNorm} from '../ops/instance_norm.js';
import {type AffineLayerArgs, OPTIONAL_AFFINE} from './affine_layer.js';
import {InstanceNormalization, type InstanceNormalizationArgs} from './instance_normalization.js';
import {optionsOf} from './layer_options.js';
import type {Plan} from './layer_plan.js';
import type {FromConfig} from './register_layer.js';
import type {LayerArgs} from './tfjs_types.js';
import {Weight} from './weight.js';

type ContribArgs = Omit<InstanceNormalizationArgs, 'axis'> & {axis?: number | null};

/**
 * keras-contrib's layer, which many programs have copied: it divides by `std + epsilon`, and without
 * an axis it normalizes each example as a whole.
 *
 *     gamma, beta   [channels], or [1] if `axis` is null
 */
class ContribInstanceNormalization extends InstanceNormalization {
  static override readonly options = optionsOf<ContribArgs>({axis: true, ...OPTIONAL_AFFINE});
  private readonly channels: number | null;

  constructor({axis = null, ...args}: ContribArgs) {
    super(args as AffineLayerArgs);
    this.channels = axis;
  }

  protected override plan(rank: number): Plan {
    const {channels} = this;
    const axes = channels == null ? [] : [checkChannelAxis(this.name, channels, rank)];
    return {axes, weights: ([size = 1]) => this.affine([size])};
  }

  protected override normalize(x: tf.Tensor): tf.Tensor {
    const [axis] = this.axes;
    const reduced = x.shape.map((_, i) => i).filter(i => i > 0 && i !== axis);
    const {mean, variance} = tf.moments(x, reduced, true);
    // The root has no gradient at 0, where a part of an image is of one color.
    const std = tf.sqrt(tf.maximum(variance, 1e-30));
    const y = tf.div(tf.sub(x, mean), tf.add(std, this.epsilon));
    const {gamma, beta} = this.params();
    const aligned = (param: tf.Tensor) =>
      tf.reshape(
        param,
        x.shape.map((_, i) => (i === axis ? -1 : 1)),
      );
    const scaled = gamma == null ? y : tf.mul(y, aligned(gamma));
    return beta == null ? scaled : tf.add(scaled, aligned(beta));
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {...without(/^groups$/, super.getConfig()), axis: this.channels};
  }
}

/**
 * The layer of TensorFlow's tutorials on pix2pix and CycleGAN.
 *
 *     scale, offset   [channels], in the place of gamma and beta
 */
class TutorialInstanceNormalization extends InstanceNormalization {
  static override readonly options = optionsOf<LayerArgs & {epsilon?: number}>({epsilon: true});
  private readonly weightScale = new Weight('scale', {
    initializer: initializers.randomNormal({mean: 1, stddev: 0.02}),
  });
  private readonly weightOffset = new Weight('offset', {initializer: initializers.zeros()});

  constructor(args: LayerArgs & {epsilon?: number}) {
    super({...args, epsilon: args.epsilon ?? 1e-5});
  }

  protected override plan(rank: number): Plan {
    const {weightScale, weightOffset} = this;
    return {
      axes: [rank - 1],
      weights: shape => [weightScale, weightOffset].map(weight => [weight, shape]),
    };
  }

  protected override normalize(x: tf.Tensor): tf.Tensor {
    const [gamma, beta] = [this.weightScale.read(), this.weightOffset.read()];
    return instanceNorm(x, {epsilon: this.epsilon, gamma, beta});
  }

  override getConfig(): tf.serialization.ConfigDict {
    return without(/^(groups|axis|center|scale|(beta|gamma)[A-Z].*)$/, super.getConfig());
  }
}

/** The config as its source knows it: by its keys it is told from ours. */
function without(keys: RegExp, config: tf.serialization.ConfigDict): tf.serialization.ConfigDict {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !keys.test(key)));
}

/** The layer that a config under the name `InstanceNormalization` is of. */
export const instanceNormalizationFrom: FromConfig = (_, config) => {
  const cls =
    'groups' in config
      ? InstanceNormalization
      : 'axis' in config
        ? ContribInstanceNormalization
        : TutorialInstanceNormalization;
  return cls.fromConfig(cls as never, config);
};
