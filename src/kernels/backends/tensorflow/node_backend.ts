import type {Tensor, TensorInfo} from '@tensorflow/tfjs-core';

export type Attr = {name: string; type: number; value: number};

/** A tensor of TensorFlow, which tfjs does not know yet. */
export type TensorMetadata = {readonly id: number; readonly shape: number[]};

/** The part of tfjs-node's NodeJSKernelBackend that the kernels use; tfjs-node does not export it. */
export type NodeBackend = {
  readonly binding: Readonly<
    Record<'TF_ATTR_INT' | 'TF_ATTR_FLOAT' | 'TF_INT32' | 'TF_FLOAT', number>
  > & {
    readonly TF_Version: string;
    isUsingGpuDevice(): boolean;
    createTensor(shape: number[], dtype: number, values: Int32Array | Float32Array): number;
    deleteTensor(id: number): void;
    executeOp(op: string, attrs: Attr[], inputs: number[], outputs: number): TensorMetadata[];
  };
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  executeMultipleOutputs(
    op: string,
    attrs: Attr[],
    inputs: TensorInfo[],
    outputs: number,
  ): Tensor[];
  readSync(dataId: object): unknown;
  write(values: Float32Array, shape: number[], dtype: 'float32'): object;
};
