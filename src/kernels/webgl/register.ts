import {env, getKernel, registerKernel} from '@tensorflow/tfjs-core';
import type {KernelFunc, TensorInfo} from '@tensorflow/tfjs-core';
import {
  fromAttrMap,
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  FusedNormalizeMoments,
  FusedNormalizeParamGrad,
  type NormalizeAttrs,
} from '../../kernel_names.js';
import {ARRAY_KERNELS, type ArrayKernel, type Arrays} from '../simd/array_kernels.js';
import {moments, MOMENTS_OF_ARRAYS} from './moments.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';
import type {WebGLBackend} from './program.js';
import {paramSums} from './sums.js';

type Inputs = Record<string, TensorInfo>;
type Kernel = (
  backend: WebGLBackend,
  inputs: Inputs,
  attrs: NormalizeAttrs,
) => TensorInfo | TensorInfo[];

type Kernels = {readonly launch: Kernel; readonly plain: Pick<ArrayKernel, 'outputs' | 'plain'>};

const KERNELS: Record<string, Kernels> = {
  [FusedNormalize]: {launch: normalize, plain: ARRAY_KERNELS[FusedNormalize]},
  [FusedNormalizeGiven]: {launch: normalizeGiven, plain: ARRAY_KERNELS[FusedNormalizeGiven]},
  [FusedNormalizeGrad]: {launch: normalizeGrad, plain: ARRAY_KERNELS[FusedNormalizeGrad]},
  [FusedNormalizeParamGrad]: {launch: paramSums, plain: ARRAY_KERNELS[FusedNormalizeParamGrad]},
  [FusedNormalizeMoments]: {launch: moments, plain: MOMENTS_OF_ARRAYS},
};

/** Registers the kernels of the `webgl` backend, once however often this package is loaded. */
export function registerWebGLKernels(): void {
  for (const [kernelName, kernels] of Object.entries(KERNELS)) {
    if (getKernel(kernelName, 'webgl') != null) continue;
    registerKernel({kernelName, backendName: 'webgl', kernelFunc: onTextures(kernels)});
  }
}

function onTextures({launch, plain}: Kernels): KernelFunc {
  return args => {
    const inputs = args.inputs as Inputs;
    const backend = args.backend as WebGLBackend;
    const attrs = fromAttrMap(args.attrs);
    // The programs are GLSL 3.00. A browser of today has WebGL 2.
    const hasProgram = env().getNumber('WEBGL_VERSION') === 2;
    return hasProgram && !backend.shouldExecuteOnCPU(Object.values(inputs))
      ? launch(backend, inputs, attrs)
      : onArrays(plain, backend, inputs, attrs);
  };
}

/** The plain loops: as fast where a few values are still on the CPU, and right anywhere. */
function onArrays(
  {outputs, plain}: Kernels['plain'],
  backend: WebGLBackend,
  inputs: Inputs,
  attrs: NormalizeAttrs,
): TensorInfo | TensorInfo[] {
  const arrays: Arrays = {};
  for (const [name, {dataId}] of Object.entries(inputs)) {
    arrays[name] = backend.readSync(dataId) as Float32Array;
  }
  const shapes = outputs(attrs, Object.values(inputs)[0].shape);
  const infos = plain(arrays, attrs).map((values, i) =>
    backend.makeTensorInfo(shapes[i][1], 'float32', values),
  );
  return infos.length > 1 ? infos : infos[0];
}
