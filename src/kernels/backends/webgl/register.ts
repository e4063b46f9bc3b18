import {env, Reshape, type Tensor, type TensorInfo, tidy, util} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import {
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  type KernelName,
  OUTPUTS,
} from '../../contract.js';
import {runOnArrays} from '../../host/run_on_arrays.js';
import {type Kernel, registerKernels} from '../../register.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';
import {runTfjs} from './program.js';

/** Registers the kernels of the `webgl` backend. */
export const registerWebGLKernels = (): void =>
  registerKernels<MathBackendWebGL>('webgl', {
    [FusedNormalize]: onTextures(FusedNormalize, normalize),
    [FusedNormalizeGrad]: onTextures(FusedNormalizeGrad, normalizeGrad),
    [FusedNormalizeGiven]: onTextures(FusedNormalizeGiven, normalizeGiven),
  });

/** Runs a kernel's launches, or its loops on the processor where a few values are still there. */
function onTextures<Name extends KernelName>(
  name: Name,
  kernel: Kernel<MathBackendWebGL, Name>,
): Kernel<MathBackendWebGL, Name> {
  return (backend, inputs, attrs) => {
    // The programs are GLSL 3.00, which WebGL 1 does not have.
    const hasPrograms = env().getNumber('WEBGL_VERSION') === 2;
    if (!hasPrograms || backend.shouldExecuteOnCPU(Object.values(inputs))) {
      const read = ({dataId}: TensorInfo) => backend.readSync(dataId) as Float32Array;
      const write = (values: Float32Array, shape: number[]) =>
        backend.makeTensorInfo(shape, 'float32', values);
      return runOnArrays(name, {read, write}, inputs, attrs);
    }
    return tidy(() => {
      // Another shape may need another packed texture. tfjs would copy to it once for each program.
      const viewed = {...inputs};
      const viewShape = attrs.view.map(axis => axis.size);
      for (const element of ['x', 'dy'].filter(element => element in inputs)) {
        viewed[element] = reshape(backend, inputs[element], viewShape);
      }
      const shapes = OUTPUTS[name](attrs, inputs['x'].shape).map(({shape}) => shape);
      const outputs = kernel(backend, viewed, attrs);
      return outputs.map((output, i) => reshape(backend, output, shapes[i]) as Tensor);
    });
  };
}

/** Gives the same texture another shape, or copies it where the shape needs another one. */
const reshape = (backend: MathBackendWebGL, x: TensorInfo, shape: number[]): TensorInfo =>
  util.arraysEqual(x.shape, shape) ? x : runTfjs(backend, Reshape, x, {shape});
