import * as tf from '@tensorflow/tfjs-core';
import {initializers, type layers, type LayerVariable} from '@tensorflow/tfjs-layers';
import {check, checkAxes, checkFlags, show} from '../check.js';
import {l2Normalize} from '../ops/unit_norm.js';
import {KernelWrapper, type KernelWrapperArgs} from './kernel_wrapper.js';
import {optionsOf} from './layer_options.js';
import type {Kwargs} from './tfjs_types.js';
import {fitsData, startByData} from './weight_normalization_start.js';

type Tensors = tf.Tensor | tf.Tensor[];
/** Weights with the values from which they start. */
type Starts = Array<[LayerVariable, tf.Tensor]>;

/** The options of `WeightNormalization`. */
export interface WeightNormalizationArgs extends KernelWrapperArgs {
  /**
   * Whether to choose `g` and the bias so that the outputs of the first batch, before the
   * activation, have mean 0 and variance 1. Defaults to true; if false, `g` is the kernel's norm.
   */
  dataInit?: boolean;
  /** The kernel's axis along which `g` varies, PyTorch's `dim`. Defaults to -1, the last one. */
  axis?: number;
}

/**
 * Splits the kernel of a layer into length and direction, `g * v / ||v||`, which are trained in its
 * place, [Salimans & Kingma 2016](https://arxiv.org/abs/1602.07868); TensorFlow Addons'
 * `WeightNormalization`.
 *
 *     layer         a layer with a `kernel` (dense, convolutions), or a recurrent one, whose
 *                   `recurrentKernel` is normalized
 *     g             [the kernel's size along `axis`]
 *     initialized   []   whether the first call has set `g`; not trained
 *     weights       g, the kernel (which is v), the layer's others, initialized
 *
 * The first call initializes, also one of inference. With `dataInit` that needs a dense layer or a
 * convolution, and `axis` at its output channels: -2 for a transposed convolution. The batch must
 * then be training data of many examples: `g` becomes 1 over the standard deviation of each output,
 * and 1e5, as in Addons, if an output does not vary, as for one example or for zeros. If the first
 * call may be such a one, set `dataInit` to false.
 *
 * ```js
 * const layer = tf.layers.dense({units: 4});
 * const model = tf.sequential();
 * model.add(tfn.layers.weightNormalization({layer, inputShape: [10]}));
 * ```
 *
 * @throws If `layer` is no layer or has no kernel, or the axis does not exist; at the first call, if
 *     `dataInit` does not fit the layer or the axis.
 */
export class WeightNormalization extends KernelWrapper {
  static override readonly className: string = 'WeightNormalization';
  /** @internal */
  static override readonly options = optionsOf<WeightNormalizationArgs>({
    layer: true,
    dataInit: true,
    axis: true,
  });
  private readonly dataInit: boolean;
  private readonly axis: number;
  private g!: LayerVariable;
  private initialized!: LayerVariable;
  /** The data that this layer wrote to `initialized`: if other data is there, someone else wrote it. */
  private settled?: object;

  constructor(args: WeightNormalizationArgs) {
    super(args);
    checkFlags(this.name, args, ['dataInit']);
    this.dataInit = args.dataInit ?? true;
    this.axis = args.axis ?? -1;
    check(
      Number.isInteger(this.axis),
      this.name,
      () => `axis must be an integer, but is ${show(args.axis)}.`,
    );
  }

  /** The cell, if the layer is recurrent. */
  private cell(): layers.Layer | undefined {
    return (this.layer as unknown as {cell?: layers.Layer}).cell;
  }

  protected override kernelHolder(): layers.Layer {
    return this.cell() ?? this.layer;
  }

  protected kernelKeys(): string[] {
    return this.cell() == null ? ['kernel', 'depthwiseKernel'] : ['recurrentKernel'];
  }

  protected addOwnWeights(): void {
    const size = this.kernel.shape[this.kernelAxis()]!;
    const {ones, zeros} = initializers;
    this.g = this.addWeight('g', [size], 'float32', ones());
    this.initialized = this.addWeight('initialized', [], 'bool', zeros(), undefined, false);
  }

  private kernelAxis(): number {
    return checkAxes(this.name, this.axis, this.kernel.shape.length)[0];
  }

  protected run(inputs: Tensors, kwargs: Kwargs): Tensors {
    if (this.initialized.read().dataId !== this.settled) this.initialize(inputs);
    return this.callWith(this.normalized(), inputs, kwargs);
  }

  /** `g * v / ||v||`. */
  private normalized(): tf.Tensor {
    return tf.mul(this.direction(), this.alongAxis(this.g.read()));
  }

  private direction(): tf.Tensor {
    const v = this.kernel.read();
    const axis = v.shape.map((_, i) => i).filter(i => i !== this.kernelAxis());
    // TensorFlow keeps the square above 1e-12.
    return l2Normalize(v, {axis, epsilon: 1e-6});
  }

  private alongAxis(t: tf.Tensor): tf.Tensor {
    return tf.reshape(
      t,
      this.kernel.shape.map((_, i) => (i === this.kernelAxis() ? -1 : 1)),
    );
  }

  /** Sets the starts unless `initialized`, which the device decides: to read it may wait for a GPU. */
  private initialize(inputs: Tensors): void {
    const done = this.initialized.read();
    for (const [variable, start] of this.starts(inputs)) {
      variable.write(tf.where(done, variable.read(), start));
    }
    this.initialized.write(tf.scalar(true, 'bool'));
    this.settled = this.initialized.read().dataId;
  }

  private starts(inputs: Tensors): Starts {
    if (!this.dataInit) return [[this.g, this.kernelNorm()]];
    if (fitsData(this.layer, this.kernel.shape.length, this.kernelAxis())) {
      const [x] = Array.isArray(inputs) ? inputs : [inputs];
      const {g, bias} = startByData(this.name, this.layer, this.direction(), x);
      const own = (this.layer as unknown as {bias?: LayerVariable | null}).bias;
      const starts: Starts = [[this.g, g]];
      if (own != null) starts.push([own, bias]);
      return starts;
    }
    // A file of Addons may hold such a layer, trained.
    check(
      this.initialized.read().dataSync()[0] !== 0,
      this.name,
      () =>
        `dataInit must be false, or axis that of the outputs of a dense layer or a convolution, ` +
        `but axis is ${this.axis} of the ${this.layer.getClassName()}'s kernel.`,
    );
    return [];
  }

  private kernelNorm(): tf.Tensor {
    const v = this.kernel.read();
    const axes = v.shape.map((_, i) => i).filter(i => i !== this.kernelAxis());
    return tf.sqrt(tf.sum(tf.square(v), axes));
  }

  /** Takes the wrapper away: gives the wrapped layer, with `g * v / ||v||` as its kernel from now on. */
  remove(): layers.Layer {
    tf.tidy(() => {
      this.kernel.write(this.normalized());
    });
    return this.layer;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {dataInit, axis} = this;
    // Addons does not know the second key.
    return {...super.getConfig(), dataInit, ...(axis === -1 ? {} : {axis})};
  }
}
