import {getKernel, Reshape, util} from '@tensorflow/tfjs-core';
import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {freeAfter, freeOnError} from '../../gpu/free.js';
import type {WebGLBackend} from './program.js';

type Inputs = Record<string, TensorInfo>;

type Kernel<Outputs> = (backend: WebGLBackend, inputs: Inputs, attrs: NormalizeAttrs) => Outputs;

/**
 * Runs a kernel on tensors of the view's shape, and gives what has the elements' shape theirs again.
 *
 * Packed textures of other shapes are others. tfjs would copy them to the shape of a program each
 * time that one reads them.
 */
export const inView =
  <Outputs extends TensorInfo[]>(kernel: Kernel<Outputs>, elementsOut: 0 | 1): Kernel<Outputs> =>
  (backend, inputs, attrs) => {
    const {shape} = inputs['x'];
    const viewShape = attrs.view.map(axis => axis.size);
    if (util.arraysEqual(shape, viewShape)) return kernel(backend, inputs, attrs);
    const viewed = {...inputs};
    const elements: TensorInfo[] = [];
    try {
      for (const name of ['x', 'dy'].filter(name => name in inputs)) {
        elements.push((viewed[name] = reshape(backend, inputs[name], viewShape)));
      }
      const outputs = kernel(backend, viewed, attrs);
      if (elementsOut === 0) return outputs;
      const [viewedY, ...others] = outputs;
      const y = freeOnError(backend, others, () =>
        freeAfter(backend, viewedY, y => reshape(backend, y, shape)),
      );
      return [y, ...others] as Outputs;
    } finally {
      for (const x of elements) backend.disposeData(x.dataId);
    }
  };

/** Another name for the same texture, or a copy where that must be another one. */
const reshape = (backend: WebGLBackend, x: TensorInfo, shape: number[]): TensorInfo =>
  getKernel(Reshape, 'webgl').kernelFunc({
    inputs: {x},
    backend,
    attrs: {shape},
  }) as TensorInfo;
