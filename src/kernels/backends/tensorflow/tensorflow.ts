import * as tf from '@tensorflow/tfjs-core';

/** What the kernels use of tfjs-node's NodeJSKernelBackend, which it does not export. */
export type NodeBackend = {
  readonly binding: Readonly<
    Record<
      'TF_FLOAT' | 'TF_INT32' | `TF_ATTR_${'BOOL' | 'FLOAT' | 'INT' | 'STRING' | 'TYPE'}`,
      number
    >
  > & {readonly TF_Version: string; isUsingGpuDevice(): boolean};
  executeMultipleOutputs(
    op: string,
    attrs: Attr[],
    inputs: tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
  readSync(dataId: object): unknown;
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
};

type Attr = {name: string; type: number; value: number | boolean | string};

/**
 * TensorFlow's own ops. They run on the backend directly, so that nothing of them is taped, and
 * with attributes made of its binding: what tfjs-node makes them with is gone in Node 23.
 */
export class TensorFlow {
  constructor(private readonly backend: NodeBackend) {}

  readonly add = (a: tf.TensorInfo, b: tf.TensorInfo) => this.float('AddV2', [a, b]);
  readonly sub = (a: tf.TensorInfo, b: tf.TensorInfo) => this.float('Sub', [a, b]);
  readonly mul = (a: tf.TensorInfo, b: tf.TensorInfo) => this.float('Mul', [a, b]);
  readonly abs = (x: tf.TensorInfo) => this.float('Abs', [x]);
  readonly sign = (x: tf.TensorInfo) => this.float('Sign', [x]);

  /** The values, which are in this process's memory. */
  read(x: tf.TensorInfo): Float32Array {
    return this.backend.readSync(x.dataId) as Float32Array;
  }

  reshape(x: tf.TensorInfo, shape: number[]): tf.TensorInfo {
    if (tf.util.arraysEqual(x.shape, shape)) return x;
    return this.float('Reshape', [x, tf.tensor1d(shape, 'int32')], [this.int('Tshape')]);
  }

  /** `a · b` of the last two axes; the others broadcast. */
  matMul(a: tf.TensorInfo, b: tf.TensorInfo): tf.Tensor {
    const attrs = [this.bool('adj_x', false), this.bool('adj_y', false)];
    return this.float('BatchMatMulV2', [a, b], attrs);
  }

  /** The root of the sum of squares, in one pass that keeps no squares. */
  norm(x: tf.TensorInfo, axes: number[]): tf.Tensor {
    return this.reduce('EuclideanNorm', x, axes);
  }

  max(x: tf.TensorInfo): tf.Tensor {
    return this.reduce(
      'Max',
      x,
      x.shape.map((_, axis) => axis),
    );
  }

  /** `(x - origin) · scale + offset` for each element of the last axis, in one pass. */
  affine(
    x: tf.TensorInfo,
    scale: tf.TensorInfo,
    offset: tf.TensorInfo,
    origin: tf.TensorInfo = tf.zeros(scale.shape),
  ): tf.TensorInfo {
    const inputs = [this.asImage(x), scale, offset, origin, tf.ones(scale.shape)];
    const [y] = this.fused('FusedBatchNormV3', inputs, false, 6);
    return this.reshape(y, x.shape);
  }

  /** The gradients of a normalization of columns: `dx`, `dscale`, `doffset`. */
  columnsGrad(
    dy: tf.TensorInfo,
    x: tf.TensorInfo,
    scale: tf.TensorInfo,
    mean: tf.TensorInfo,
    variance: tf.TensorInfo,
  ): [tf.TensorInfo, tf.Tensor, tf.Tensor] {
    const inputs = [this.asImage(dy), this.asImage(x), scale, mean, variance, tf.tensor1d([])];
    const [dx, dscale, doffset] = this.fused('FusedBatchNormGradV3', inputs, true, 5);
    return [this.reshape(dx, x.shape), dscale, doffset];
  }

  /** On a GPU, the variance that the gradient wants is something else. */
  get hasColumnsGrad(): boolean {
    return !this.backend.binding.isUsingGpuDevice();
  }

  private fused(
    op: string,
    inputs: tf.TensorInfo[],
    training: boolean,
    outputs: number,
  ): tf.Tensor[] {
    const {TF_ATTR_FLOAT, TF_ATTR_STRING} = this.backend.binding;
    const attrs = [
      this.type('T'),
      this.type('U'),
      {name: 'epsilon', type: TF_ATTR_FLOAT, value: 0},
      {name: 'data_format', type: TF_ATTR_STRING, value: 'NHWC'},
      this.bool('is_training', training),
    ];
    return this.backend.executeMultipleOutputs(op, attrs, inputs, outputs);
  }

  private asImage(x: tf.TensorInfo): tf.TensorInfo {
    const channels = x.shape[x.shape.length - 1];
    return this.reshape(x, [1, 1, tf.util.sizeFromShape(x.shape) / channels, channels]);
  }

  private reduce(op: string, x: tf.TensorInfo, axes: number[]): tf.Tensor {
    const attrs = [this.int('Tidx'), this.bool('keep_dims', true)];
    return this.float(op, [x, tf.tensor1d(axes, 'int32')], attrs);
  }

  private float(op: string, inputs: tf.TensorInfo[], attrs: Attr[] = []): tf.Tensor {
    return this.backend.executeMultipleOutputs(op, [this.type('T'), ...attrs], inputs, 1)[0];
  }

  private type(name: string): Attr {
    const {TF_ATTR_TYPE, TF_FLOAT} = this.backend.binding;
    return {name, type: TF_ATTR_TYPE, value: TF_FLOAT};
  }

  private int(name: string): Attr {
    const {TF_ATTR_TYPE, TF_INT32} = this.backend.binding;
    return {name, type: TF_ATTR_TYPE, value: TF_INT32};
  }

  private bool(name: string, value: boolean): Attr {
    return {name, type: this.backend.binding.TF_ATTR_BOOL, value};
  }
}
