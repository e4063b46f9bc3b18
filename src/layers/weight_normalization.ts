import * as tf from '@tensorflow/tfjs-core';
import {initializers, type layers, type LayerVariable} from '@tensorflow/tfjs-layers';
import {check, checkAxes} from '../check.js';
import {l2Normalize} from '../ops/unit_norm.js';
import {fromIdentifier} from './identifiers.js';
import {KernelWrapper, type KernelWrapperArgs} from './kernel_wrapper.js';
import type {Kwargs} from './tfjs_types.js';

type Tensors = tf.Tensor | tf.Tensor[];

export interface WeightNormalizationArgs extends KernelWrapperArgs {
  /**
   * Choose `g` and the bias so that the outputs of the first batch, before the activation, have
   * mean 0 and variance 1. Defaults to true; false: `g` is the norm of the kernel.
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
 *     layer         one with a `kernel` (dense, convolutions), or a recurrent one, whose
 *                   `recurrentKernel` is normalized
 *     g             [the kernel's size along `axis`]
 *     initialized   []   whether the first call has set `g`; not trained
 *     weights       g, the kernel (which is v), the layer's others, initialized
 *
 * The first call, of inference too, initializes. With `dataInit` that needs a dense layer or a
 * convolution, and `axis` at its output channels: -2 for a transposed convolution.
 *
 * ```js
 * const layer = tf.layers.dense({units: 4});
 * const model = tf.sequential();
 * model.add(tfn.layers.weightNormalization({layer, inputShape: [10]}));
 * ```
 *
 * @throws If the layer is none, or has no kernel, or the axis does not exist; at the first call if
 *     it cannot be initialized by data.
 */
export class WeightNormalization extends KernelWrapper {
  static readonly className: string = 'WeightNormalization';
  private readonly dataInit: boolean;
  private readonly axis: number;
  private g!: LayerVariable;
  private initialized!: LayerVariable;
  /** What `initialized` was when it was last looked at, which may wait for a GPU. */
  private seen: {dataId?: object; value: boolean} = {value: false};

  constructor(args: WeightNormalizationArgs) {
    super(args);
    this.dataInit = args.dataInit ?? true;
    this.axis = args.axis ?? -1;
  }

  /** The cell of a recurrent layer. */
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
    if (!this.isInitialized()) this.initialize(inputs);
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

  private isInitialized(): boolean {
    const variable = this.initialized.read();
    if (variable.dataId !== this.seen.dataId) {
      this.seen = {dataId: variable.dataId, value: variable.dataSync()[0] !== 0};
    }
    return this.seen.value;
  }

  private initialize(inputs: Tensors): void {
    if (this.dataInit) this.initializeByData(inputs);
    else this.g.write(this.kernelNorm());
    this.initialized.write(tf.scalar(true, 'bool'));
  }

  private kernelNorm(): tf.Tensor {
    const v = this.kernel.read();
    const axes = v.shape.map((_, i) => i).filter(i => i !== this.kernelAxis());
    return tf.sqrt(tf.sum(tf.square(v), axes));
  }

  /** `t = v x / ||v||`, then `g = 1 / std(t)` and `bias = -mean(t) / std(t)`. */
  private initializeByData(inputs: Tensors): void {
    const {className, config, channels} = this.plainLayer();
    const plain = fromIdentifier<layers.Layer>(this.name, 'layer', {className, config})!;
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    plain.build(x.shape);
    try {
      plain.setWeights([this.direction()]);
      const t = plain.call(x, {}) as tf.Tensor;
      const [axis] = checkAxes(this.name, channels, t.rank);
      const {mean, variance} = tf.moments(
        t,
        t.shape.map((_, i) => i).filter(i => i !== axis),
      );
      const g = tf.rsqrt(tf.add(variance, 1e-10));
      this.g.write(g);
      const bias = (this.layer as unknown as {bias?: LayerVariable | null}).bias;
      bias?.write(tf.neg(tf.mul(mean, g)));
    } finally {
      plain.weights.forEach(weight => weight.dispose());
    }
  }

  /** The layer without bias and activation. */
  private plainLayer() {
    const className = this.layer.getClassName();
    const outputs = /^Conv.*Transpose$/.test(className) ? -2 : -1;
    const isPlain = /^(Dense|Conv[123]D|Conv[23]DTranspose)$/.test(className);
    check(
      isPlain && this.kernelAxis() === this.kernel.shape.length + outputs,
      this.name,
      () =>
        `dataInit must be false, or axis that of the outputs of a dense layer or a convolution, ` +
        `but axis is ${this.axis} of the ${className}'s kernel.`,
    );
    const own = this.layer.getConfig();
    const config = {
      ...own,
      name: `${this.layer.name}_plain`,
      activation: 'linear',
      useBias: false,
      kernelInitializer: 'zeros',
    };
    return {className, config, channels: own['dataFormat'] === 'channelsFirst' ? 1 : -1};
  }

  /** The wrapped layer, with `g * v / ||v||` as its kernel from now on. */
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
