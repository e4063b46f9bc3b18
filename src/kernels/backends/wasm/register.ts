import {getKernel, registerKernel, util} from '@tensorflow/tfjs-core';
import type {KernelFunc, TensorInfo} from '@tensorflow/tfjs-core';
import {fromAttrMap} from '../../contract.js';
import {ARRAY_KERNELS, type ArrayKernel, type Arrays, type Ids} from '../../host/array_kernels.js';
import {Space} from '../../host/space.js';
import {runInTiles} from '../../host/tiles.js';
import {addressOf, allocate, heapOf, type WasmBackend} from './heap.js';

/** Registers the kernels of the `wasm` backend, once however often this package is loaded. */
export function registerWasmKernels(): void {
  for (const [kernelName, kernel] of Object.entries(ARRAY_KERNELS)) {
    if (getKernel(kernelName, 'wasm') != null) continue;
    registerKernel({kernelName, backendName: 'wasm', kernelFunc: onTensors(kernel)});
  }
}

function onTensors(kernel: ArrayKernel): KernelFunc {
  return ({inputs, backend, attrs: attrMap}) => {
    const wasm = backend as WasmBackend;
    const attrs = fromAttrMap(attrMap);
    const heap = heapOf(wasm);
    const plan = heap && kernel.plan(attrs);
    const shapes = kernel.outputs(attrs, inputs['x']!.shape);

    // All of it before there are any arrays: they would be detached if the memory grew.
    const scratch = plan ? allocate(wasm, plan.scratch) : 0;
    const outputs = shapes.map(([, shape]) => wasm.makeOutput(shape, 'float32'));
    try {
      const buffer = (heap?.memory ?? wasm.wasm.HEAPU8).buffer;
      const tensors = Object.entries(inputs) as Array<[string, TensorInfo]>;
      outputs.forEach((output, i) => tensors.push([shapes[i][0], output]));
      const arrays: Arrays = {};
      const ids: Ids = {};
      for (const [name, tensor] of tensors) {
        const size = util.sizeFromShape(tensor.shape);
        arrays[name] = new Float32Array(buffer, addressOf(wasm, tensor), size);
        ids[name] = tensor.dataId;
      }
      const done = heap && plan?.run(new Space(heap.kernels, buffer, scratch), arrays, ids);
      if (!done) {
        const tiled = heap ? null : runInTiles(kernel, arrays, shapes, attrs, ids);
        const values = tiled ?? kernel.plain(arrays, attrs);
        shapes.forEach(([name], i) => {
          arrays[name].set(values[i]);
        });
      }
    } catch (error) {
      for (const {dataId} of outputs) wasm.disposeData(dataId);
      throw error;
    } finally {
      wasm.wasm._free(scratch);
    }
    return outputs.length > 1 ? outputs : outputs[0];
  };
}
