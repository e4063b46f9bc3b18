/**
 * Programs with two results. tfjs gives a program one array to write to, WebGPU several, so the second is an input for
 * tfjs, and what tfjs declares of it is changed while it compiles such a program.
 */
import {engine, type Tensor} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';

/** The results of `launch`, to whose program the array of this name is an input that it writes to. */
export function withSecond(
  backend: WebGPUBackend,
  name: string,
  shape: number[],
  launch: (second: Tensor) => Tensor,
): [Tensor, Tensor] {
  const second = engine().makeTensorFromTensorInfo(backend.makeTensorInfo(shape, 'float32'));
  const {device} = backend;
  const createShaderModule = device.createShaderModule.bind(device);
  const declared = `var<storage, read> ${name}:`;
  device.createShaderModule = ({code, ...others}) =>
    createShaderModule({...others, code: code.replace(declared, declared.replace('read', 'read_write'))}); // prettier-ignore
  try {
    return [launch(second), second];
  } finally {
    // The method is the prototype's.
    Reflect.deleteProperty(device, 'createShaderModule');
  }
}
