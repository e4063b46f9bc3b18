import type * as tf from '@tensorflow/tfjs-core';
import {initializers, type Shape} from '@tensorflow/tfjs-layers';
import {check, checkAxes, checkFlags, show, showShape} from '../check.js';
import {checkEpsilon} from '../check_params.js';
import {addLayerNorm} from '../ops/add_layer_norm.js';
import {addRmsNorm} from '../ops/add_rms_norm.js';
import {type AffineLayerArgs, OPTIONAL_AFFINE} from './affine_layer.js';
import {optionsOf} from './layer_options.js';
import {sortedAxis} from './sorted_axis.js';
import {checkOneOf, TwoInputLayer, type TwoInputPlan} from './two_input_layer.js';
import {trainedWeight, type Weight} from './weight.js';

/** The normalizations that a residual may be added in front of. */
export type AddNorm = 'layer' | 'rms';

/** The options of `AddNormalization`. */
export interface AddNormalizationArgs extends AffineLayerArgs {
  /** The normalization. Defaults to 'layer'. */
  norm?: AddNorm;
  /** Multiplies the residual, as in DeepNorm. Defaults to 1. */
  alpha?: number;
  /** The axis or axes to normalize over. Defaults to -1, the last one. */
  axis?: number | readonly number[];
  /** Added to the variance or the mean square. Defaults to 1e-3 for 'layer', 1e-6 for 'rms'. */
  epsilon?: number;
  /** Whether to add the trainable offset `beta`. Defaults to true for 'layer', false for 'rms'. */
  center?: boolean;
}

/**
 * Adds its two inputs and normalizes the sum, in one kernel: the seam between two blocks of a transformer.
 *
 *     inputs   [x, residual]             both [batch, ..., features]
 *     gamma    [features]                beta  [features]; the axes of `axis` in the input's order
 *     output   [y, sum]                  sum = alpha * residual + x, the next residual, and y = norm(sum)
 *
 * ```js
 * const [x, residual] = [tf.input({shape: [16, 32]}), tf.input({shape: [16, 32]})];
 * const [y, sum] = tfn.layers.addNormalization({norm: 'rms'}).apply([x, residual]);
 * const model = tf.model({inputs: [x, residual], outputs: [y, sum]});
 * ```
 *
 * @throws If an option is not of its kind; on building, if an axis does not exist; if the inputs differ in
 *     shape.
 */
export class AddNormalization extends TwoInputLayer {
  static override readonly className: string = 'AddNormalization';
  /** @internal */
  static override readonly options = optionsOf<AddNormalizationArgs>({
    norm: true,
    alpha: true,
    axis: true,
    ...OPTIONAL_AFFINE,
  });
  protected readonly inputNames = '[x, residual]';
  private readonly norm: AddNorm;
  private readonly alpha: number;
  private readonly axis: number | number[];
  private readonly epsilon: number;
  private readonly center: boolean;
  private readonly scale: boolean;
  private readonly gamma: Weight;
  private readonly beta: Weight;
  private axes: readonly number[] = [];

  constructor(args: AddNormalizationArgs = {}) {
    super(args);
    const {norm = 'layer', alpha = 1} = args;
    checkOneOf(this.name, 'norm', norm, ['layer', 'rms']);
    check(
      Number.isFinite(alpha),
      this.name,
      () => `alpha must be a finite number, but is ${show(alpha)}.`,
    );
    checkFlags(this.name, args, ['center', 'scale']);
    this.norm = norm;
    this.alpha = alpha;
    this.axis = (args.axis ?? -1) as number | number[];
    this.epsilon = args.epsilon ?? (norm === 'rms' ? 1e-6 : 1e-3);
    checkEpsilon(this.name, this.epsilon);
    this.center = args.center ?? norm === 'layer';
    this.scale = args.scale ?? true;
    this.gamma = trainedWeight(this.name, 'gamma', args, initializers.ones());
    this.beta = trainedWeight(this.name, 'beta', args, initializers.zeros());
  }

  protected override plan(x: Shape, residual: Shape): TwoInputPlan {
    this.checkResidual(x, residual);
    this.axes = checkAxes(this.name, this.axis, x.length);
    const features = this.axes.map(axis => this.sizeOf('x', x, axis));
    const weights = [...(this.scale ? [this.gamma] : []), ...(this.center ? [this.beta] : [])];
    return {
      axes: [this.axis, this.axis],
      weights: weights.map(weight => [weight, features]),
    };
  }

  private checkResidual(x: Shape, residual: Shape): void {
    const fits = x.every((size, i) => [size, null].includes(residual[i]) || size == null);
    check(
      fits && x.length === residual.length,
      this.name,
      () =>
        `the residual must have the shape of x, ${showShape(x)}, but has ${showShape(residual)}.`,
    );
  }

  protected override run(x: tf.Tensor, residual: tf.Tensor): tf.Tensor[] {
    const {axis, epsilon, alpha} = this;
    const gamma = this.scale ? this.gamma.read() : null;
    const beta = this.center ? this.beta.read() : null;
    const op = this.norm === 'rms' ? addRmsNorm : addLayerNorm;
    const {y, sum} = op(x, residual, {axis, epsilon, alpha, gamma, beta});
    return [y, sum];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape | Shape[] {
    const [x, residual] = inputShape as Shape[];
    this.checkResidual(x, residual);
    return [x, x];
  }

  override computeMask(_: tf.Tensor | tf.Tensor[], mask?: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const ofX = [mask ?? null].flat()[0];
    return [ofX, ofX] as unknown as tf.Tensor;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {norm, alpha, epsilon, center, scale} = this;
    const axis = sortedAxis(this.axis, this.axes);
    const rules = {...this.beta.getConfig(), ...this.gamma.getConfig()};
    return {...super.getConfig(), norm, alpha, axis, epsilon, center, scale, ...rules};
  }
}
