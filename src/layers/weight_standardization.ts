import type * as tf from '@tensorflow/tfjs-core';
import {tidy} from '@tensorflow/tfjs-core';
import {initializers, type layers, type LayerVariable} from '@tensorflow/tfjs-layers';
import {check, checkFlags, show} from '../check.js';
import {checkEpsilon} from '../check_params.js';
import {standardizeWeights} from '../ops/standardize_weights.js';
import {KernelWrapper, type KernelWrapperArgs} from './kernel_wrapper.js';
import {optionsOf} from './layer_options.js';
import type {Kwargs} from './tfjs_types.js';

type Tensors = tf.Tensor | tf.Tensor[];

/** The options of `WeightStandardization`. */
export interface WeightStandardizationArgs extends KernelWrapperArgs {
  /**
   * Whether to divide by the root of the fan-in as well, and to multiply by a trained `gain` of each output, as
   * normalizer-free networks do. Defaults to false.
   */
  scaled?: boolean;
  /** With `scaled`, the activation's factor, such as 1.7139 for relu in NFNets. Defaults to 1. */
  gamma?: number;
  /** Added to the variance. Defaults to 1e-6. */
  epsilon?: number;
}

/**
 * Standardizes the kernel of a layer at each call: the weights of each output get the mean 0 and the variance 1,
 * [Qiao et al. 2019](https://arxiv.org/abs/1903.10520); with `scaled` the variance 1 / fan-in,
 * [Brock et al. 2021](https://arxiv.org/abs/2101.08692). timm calls these `StdConv2d` and `ScaledStdConv2d`.
 *
 *     layer      a layer with a `kernel` (dense, convolutions, also transposed and depthwise)
 *     gain       [outputs]   with `scaled`; starts as 1
 *     weights    gain, the kernel as it is trained, and the layer's others
 *
 * ```js
 * const layer = tf.layers.conv2d({filters: 4, kernelSize: 3, inputShape: [8, 8, 3]});
 * const model = tf.sequential();
 * model.add(tfn.layers.weightStandardization({layer}));
 * ```
 *
 * @throws If `layer` is no layer or has no kernel, or another option is not of its kind.
 */
export class WeightStandardization extends KernelWrapper {
  static override readonly className: string = 'WeightStandardization';
  /** @internal */
  static override readonly options = optionsOf<WeightStandardizationArgs>({
    layer: true,
    scaled: true,
    gamma: true,
    epsilon: true,
  });
  private readonly scaled: boolean;
  private readonly gamma: number;
  private readonly epsilon: number;
  private gain: LayerVariable | null = null;

  constructor(args: WeightStandardizationArgs) {
    super(args);
    checkFlags(this.name, args, ['scaled']);
    this.scaled = args.scaled ?? false;
    this.gamma = args.gamma ?? 1;
    this.epsilon = args.epsilon ?? 1e-6;
    check(
      Number.isFinite(this.gamma),
      this.name,
      () => `gamma must be a finite number, but is ${show(this.gamma)}.`,
    );
    checkEpsilon(this.name, this.epsilon);
    check(
      this.scaled || this.gamma === 1,
      this.name,
      () => `gamma must not be given unless scaled is true, but is ${this.gamma}.`,
    );
  }

  protected kernelKeys(): string[] {
    return ['kernel', 'depthwiseKernel'];
  }

  /** The axes of the outputs in the kernel. */
  private outputs(): number[] {
    const {layer} = this;
    if ('depthwiseKernel' in layer && layer['depthwiseKernel'] != null) return [-2, -1];
    return [/^Conv.*Transpose$/.test(layer.getClassName()) ? -2 : -1];
  }

  protected addOwnWeights(): void {
    if (!this.scaled) return;
    const sizes = this.outputs().map(axis => this.kernel.shape.at(axis)!);
    this.gain = this.addWeight('gain', sizes, 'float32', initializers.ones());
  }

  protected run(inputs: Tensors, kwargs: Kwargs): Tensors {
    return this.callWith(this.standardized(), inputs, kwargs);
  }

  /** @internal The kernel with which the layer computes. */
  standardized(): tf.Tensor {
    const {scaled, gamma, epsilon} = this;
    const scale = scaled ? {scaled, gamma, gain: this.gain!.read()} : {};
    return standardizeWeights(this.kernel.read(), {axis: this.outputs(), epsilon, ...scale});
  }

  /** Takes the wrapper away: gives the wrapped layer, with the standardized kernel as its own from now on. */
  remove(): layers.Layer {
    tidy(() => {
      this.kernel.write(this.standardized());
    });
    return this.layer;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {scaled, gamma, epsilon} = this;
    return {...super.getConfig(), scaled, gamma, epsilon};
  }
}
