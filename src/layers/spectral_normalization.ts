import * as tf from '@tensorflow/tfjs-core';
import {initializers, type LayerVariable} from '@tensorflow/tfjs-layers';
import {check, checkFlags, show} from '../check.js';
import {constant} from '../constant.js';
import {l2Normalize} from '../ops/unit_norm.js';
import {KernelWrapper, type KernelWrapperArgs} from './kernel_wrapper.js';
import {optionsOf} from './layer_options.js';
import {askedToTrain} from './normalization_layer.js';
import type {Kwargs} from './tfjs_types.js';

type Tensors = tf.Tensor | tf.Tensor[];

/** The options of `SpectralNormalization`. */
export interface SpectralNormalizationArgs extends KernelWrapperArgs {
  /** How many power iterations each training step makes. Defaults to 1. */
  powerIterations?: number;
  /**
   * Whether to leave the kernel as it is and to use `kernel / sigma`, with the gradient through
   * sigma, as PyTorch does. Defaults to false: `kernel / sigma` is assigned to the kernel in
   * training, as in Keras.
   */
  reparametrize?: boolean;
}

/**
 * Divides the kernel of a layer by its largest singular value sigma, so that the layer's Lipschitz
 * constant is at most 1, [Miyato et al. 2018](https://arxiv.org/abs/1802.05957);
 * `keras.layers.SpectralNormalization`.
 *
 *     layer      a layer with a `kernel` (dense, convolutions, also transposed and depthwise) or
 *                `embeddings`; its last axis are the columns, all others the rows
 *     vector_u   [1, columns]   the estimate of the first right singular vector; not trained
 *     weights    kernel, vector_u, and the layer's others
 *
 * As in Keras, each call in training (of a frozen layer too) makes `powerIterations` steps of the
 * power method and assigns `kernel / sigma` to the kernel; inference changes nothing and uses the
 * kernel as it is. A kernel of zeros stays as it is.
 *
 * ```js
 * const model = tf.sequential();
 * const layer = tf.layers.dense({units: 4, inputShape: [10]});
 * model.add(tfn.layers.spectralNormalization({layer}));
 * ```
 *
 * @throws If `layer` is no layer or has no kernel, or powerIterations is not a positive integer.
 */
export class SpectralNormalization extends KernelWrapper {
  static override readonly className: string = 'SpectralNormalization';
  /** @internal */
  static override readonly options = optionsOf<SpectralNormalizationArgs>({
    layer: true,
    powerIterations: true,
    reparametrize: true,
  });
  private readonly powerIterations: number;
  private readonly reparametrize: boolean;
  private vectorU!: LayerVariable;

  constructor(args: SpectralNormalizationArgs) {
    super(args);
    const {powerIterations = 1, reparametrize = false} = args;
    check(
      Number.isInteger(powerIterations) && powerIterations > 0,
      this.name,
      () => `powerIterations must be a positive integer, but is ${show(powerIterations)}.`,
    );
    checkFlags(this.name, args, ['reparametrize']);
    this.powerIterations = powerIterations;
    this.reparametrize = reparametrize;
  }

  protected kernelKeys(): string[] {
    return ['kernel', 'depthwiseKernel', 'embeddings'];
  }

  protected addOwnWeights(): void {
    const columns = this.kernel.shape[this.kernel.shape.length - 1];
    const start = initializers.truncatedNormal({stddev: 0.02});
    this.vectorU = this.addWeight('vector_u', [1, columns], 'float32', start, undefined, false);
  }

  /** In Keras 3's order. */
  override get weights(): LayerVariable[] {
    const others = super.weights.filter(w => w !== this.kernel && w !== this.vectorU);
    return this.built ? [this.kernel, this.vectorU, ...others] : others;
  }

  protected run(inputs: Tensors, kwargs: Kwargs): Tensors {
    const training = askedToTrain(this, kwargs);
    const variables = [this.kernel, this.vectorU].map(weight => weight.read() as tf.Variable);
    const [kernel] = variables;
    const before = training ? variables.map(variable => tf.clone<tf.Tensor>(variable)) : [];
    try {
      if (this.reparametrize) {
        return this.callWith(this.normalized(kernel, training), inputs, kwargs);
      }
      // As in Keras, this bypasses a constraint of the kernel.
      if (training) kernel.assign(this.normalized(kernel, true));
      return this.layer.call(inputs, kwargs);
    } catch (error) {
      before.forEach((value, i) => variables[i].assign(value));
      throw error;
    }
  }

  /** `kernel / sigma`: sigma is a function of the kernel, its singular vectors are constants. */
  private normalized(kernel: tf.Tensor, iterate: boolean): tf.Tensor {
    const columns = kernel.shape[kernel.rank - 1];
    const matrix = tf.reshape(kernel, [-1, columns]) as tf.Tensor2D;
    const [v, u] = this.singularVectors(constant(matrix, tf.clone) as tf.Tensor2D, iterate);
    const sigma = tf.sum(tf.mul(tf.matMul(v, matrix), u));
    const isZero = constant(sigma, s => tf.cast(tf.equal(s, 0), 'float32'));
    if (iterate) {
      const before = this.vectorU.read() as tf.Variable;
      before.assign(tf.add(u, tf.mul(isZero, before)));
    }
    return tf.div(kernel, tf.add(sigma, isZero));
  }

  /** The first left and right singular vectors, `[1, rows]` and `[1, columns]`. */
  private singularVectors(matrix: tf.Tensor2D, iterate: boolean): [tf.Tensor2D, tf.Tensor2D] {
    let u = this.vectorU.read() as tf.Tensor2D;
    let v = leftOf(u, matrix);
    if (!iterate) return [v, l2Normalize<tf.Tensor2D>(u)];
    for (let i = 0; i < this.powerIterations; i++) {
      if (i > 0) v = leftOf(u, matrix);
      u = l2Normalize<tf.Tensor2D>(tf.matMul(v, matrix));
    }
    return [v, u];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const {powerIterations, reparametrize} = this;
    // Keras does not know the second key.
    return {...super.getConfig(), powerIterations, ...(reparametrize ? {reparametrize} : {})};
  }
}

const leftOf = (u: tf.Tensor2D, matrix: tf.Tensor2D): tf.Tensor2D =>
  l2Normalize<tf.Tensor2D>(tf.matMul(u, matrix, false, true));
