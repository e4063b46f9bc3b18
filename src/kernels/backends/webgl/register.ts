import {env, Reshape, type Tensor, type TensorInfo, tidy, util} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import {type KernelName, OUTPUTS} from '../../contract.js';
import {type Kernel, kernelsOf, registerKernels} from '../../register.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';
import {runTfjs} from './program.js';

const KERNELS = {
  FusedNormalize: normalize,
  FusedNormalizeGrad: normalizeGrad,
  FusedNormalizeGiven: normalizeGiven,
};

/** The programs are GLSL 3.00. */
const whyNot = (): string | null =>
  env().getNumber('WEBGL_VERSION') === 2 ? null : 'its kernels need WebGL 2';

/** Registers the kernels of the `webgl` backend. */
export const registerWebGLKernels = (): void =>
  registerKernels<MathBackendWebGL>('webgl', kernelsOf(onTextures), {whyNot, isGeneral: true});

/** A kernel's launches, on tensors that lie as the view does. */
function onTextures<Name extends KernelName>(name: Name): Kernel<MathBackendWebGL, Name> {
  const kernel = KERNELS[name] as unknown as Kernel<MathBackendWebGL, Name>;
  return (backend, inputs, attrs) =>
    tidy(() => {
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
}

/** Gives the same texture another shape, or copies it where the shape needs another one. */
const reshape = (backend: MathBackendWebGL, x: TensorInfo, shape: number[]): TensorInfo =>
  util.arraysEqual(x.shape, shape) ? x : runTfjs(backend, Reshape, x, {shape});
