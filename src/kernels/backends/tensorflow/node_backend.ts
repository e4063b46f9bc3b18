import type {Tensor, TensorInfo} from '@tensorflow/tfjs-core';

/** The part of tfjs-node's NodeJSKernelBackend that the kernels use; tfjs-node does not export it. */
export type NodeBackend = {
  readonly binding: Readonly<Record<'TF_ATTR_INT' | 'TF_ATTR_FLOAT', number>> & {
    readonly TF_Version: string;
    isUsingGpuDevice(): boolean;
  };
  executeMultipleOutputs(
    op: string,
    attrs: Array<{name: string; type: number; value: number}>,
    inputs: TensorInfo[],
    outputs: number,
  ): Tensor[];
  readSync(dataId: object): unknown;
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
};
