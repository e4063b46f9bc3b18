import {env, getKernel, registerKernel} from '@tensorflow/tfjs-core';
import type {KernelFunc, TensorInfo} from '@tensorflow/tfjs-core';
import {
  fromAttrMap,
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  FusedNormalizeGrads,
  FusedNormalizeMoments,
  FusedNormalizeParamGrad,
  type NormalizeAttrs,
} from '../../contract.js';
import {freeOnError} from '../../gpu/free.js';
import {ARRAY_KERNELS, type ArrayKernel, type Arrays} from '../../host/array_kernels.js';
import {inView} from './in_view.js';
import {moments, MOMENTS_OF_ARRAYS} from './moments.js';
import {normalize} from './normalize.js';
import {normalizeGiven} from './normalize_given.js';
import {normalizeGrad} from './normalize_grad.js';
import type {WebGLBackend} from './program.js';
import {paramSums} from './sums.js';

type Inputs = Record<string, TensorInfo>;
type Kernel = (backend: WebGLBackend, inputs: Inputs, attrs: NormalizeAttrs) => TensorInfo[];

type Plain = Pick<ArrayKernel, 'outputs' | 'plain'>;

const {
  [FusedNormalize]: forward,
  [FusedNormalizeGiven]: given,
  [FusedNormalizeGrad]: grad,
  [FusedNormalizeParamGrad]: paramGrad,
} = ARRAY_KERNELS;

const KERNELS: Record<string, {readonly launch: Kernel; readonly plain: Plain}> = {
  [FusedNormalize]: {launch: inView(normalize, 1), plain: forward},
  [FusedNormalizeGiven]: {launch: inView(normalizeGiven, 1), plain: given},
  [FusedNormalizeGrad]: {launch: inView(normalizeGrad, 1), plain: grad},
  [FusedNormalizeParamGrad]: {launch: inView(paramSums, 0), plain: paramGrad},
  // What must be copied to the view's shape is so once for both.
  [FusedNormalizeGrads]: {
    launch: inView((backend, ...args) => {
      const dx = normalizeGrad(backend, ...args);
      return [...dx, ...freeOnError(backend, dx, () => paramSums(backend, ...args))];
    }, 1),
    plain: {
      outputs: (...args) => [...grad.outputs(...args), ...paramGrad.outputs(...args)],
      plain: (...args) => [...grad.plain(...args), ...paramGrad.plain(...args)],
    },
  },
  [FusedNormalizeMoments]: {launch: moments, plain: MOMENTS_OF_ARRAYS},
};

/** Registers the kernels of the `webgl` backend, once however often this package is loaded. */
export function registerWebGLKernels(): void {
  for (const [kernelName, kernels] of Object.entries(KERNELS)) {
    if (getKernel(kernelName, 'webgl') != null) continue;
    registerKernel({kernelName, backendName: 'webgl', kernelFunc: onTextures(kernels)});
  }
}

function onTextures({launch, plain}: (typeof KERNELS)[string]): KernelFunc {
  return args => {
    const inputs = args.inputs as Inputs;
    const backend = args.backend as WebGLBackend;
    const attrs = fromAttrMap(args.attrs);
    // The programs are GLSL 3.00. A browser of today has WebGL 2.
    const hasProgram = env().getNumber('WEBGL_VERSION') === 2;
    const outputs =
      hasProgram && !backend.shouldExecuteOnCPU(Object.values(inputs))
        ? launch(backend, inputs, attrs)
        : onArrays(plain, backend, inputs, attrs);
    return outputs.length > 1 ? outputs : outputs[0];
  };
}

/** The plain loops: as fast where a few values are still on the CPU, and right anywhere. */
function onArrays(
  {outputs, plain}: Plain,
  backend: WebGLBackend,
  inputs: Inputs,
  attrs: NormalizeAttrs,
): TensorInfo[] {
  const arrays: Arrays = {};
  for (const [name, {dataId}] of Object.entries(inputs)) {
    arrays[name] = backend.readSync(dataId) as Float32Array;
  }
  const shapes = outputs(attrs, Object.values(inputs)[0].shape);
  return plain(arrays, attrs).map((values, i) =>
    backend.makeTensorInfo(shapes[i][1], 'float32', values),
  );
}
