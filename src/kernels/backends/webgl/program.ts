/** Programs in GLSL, and how tfjs launches them. */
import {engine, getKernel, Slice} from '@tensorflow/tfjs-core';
import type {NamedAttrMap, Tensor, TensorInfo} from '@tensorflow/tfjs-core';
import type {GPGPUProgram, MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {AnyActivation} from '../../../activation.js';
import type {NormView} from '../../../view.js';
import {declareActivation} from '../../gpu/activations.js';
import type {Inputs} from '../../register.js';
import {SECOND, WRITE_SECOND} from './second_result.js';
import {
  declare,
  declareNumber,
  decode,
  lanesOf,
  numberInputs,
  texelInputs,
  texelShape,
} from './texels.js';

type Uniforms = Record<string, {type: 'int' | 'float'; values: number[]}>;

export const int = (...values: number[]) => ({type: 'int' as const, values});
export const float = (...values: number[]) => ({type: 'float' as const, values});

type Launch = {
  readonly name: string;
  /** By name: in GLSL each is the sampler `nameTexture`. */
  readonly inputs: Inputs;
  /** Inputs with a number for each parameter or group: in GLSL each is a function `nameNumber(int index)` too. */
  readonly numbers?: Inputs;
  readonly uniforms: Uniforms;
  /** GLSL, with a function `vec4 texel(int index)`, or `float` where the output is not packed. */
  readonly code: string;
  readonly outputShape: number[];
  readonly packedOutput?: boolean;
  /** Whether the code sets a second result, of the same shape. */
  readonly hasSecond?: boolean;
};

/** All inputs are packed: tfjs packs those that are not. */
class NormalizeProgram implements GPGPUProgram {
  readonly packedInputs = true;
  // Else tfjs writes the shapes into the shader.
  readonly enableShapeUniforms = true;
  readonly packedOutput: boolean;
  readonly name: string;
  readonly variableNames: string[];
  readonly outputShape: number[];
  readonly customUniforms: GPGPUProgram['customUniforms'];
  readonly userCode: string;

  constructor({
    name,
    inputs,
    uniforms,
    code,
    outputShape,
    packedOutput = true,
    hasSecond = false,
  }: Launch) {
    this.name = name;
    this.variableNames = Object.keys(inputs).map(input => `${input}Texture`);
    this.outputShape = outputShape;
    this.packedOutput = packedOutput;
    this.customUniforms = Object.entries(uniforms).map(([uniform, {type, values}]) =>
      values.length === 1
        ? {name: uniform, type}
        : {name: uniform, type, arrayIndex: values.length},
    );
    const width = packedOutput ? '(outTexShape[1] + 1) / 2' : 'outTexShape[1]';
    this.userCode = `${COMMON}
      ${code}
      void main() {
        int width = ${width};
        setOutput(texel(int(gl_FragCoord.y) * width + int(gl_FragCoord.x)));
        ${hasSecond ? WRITE_SECOND : ''}
      }`;
  }
}

/** `fetch` reads a texel, `numberAt` a number of those that lie two a texel. */
const COMMON = `
  vec4 fetch(sampler2D t, int index) {
    int width = textureSize(t, 0).x;
    return texelFetch(t, ivec2(index % width, index / width), 0);
  }
  float numberAt(sampler2D t, int index) {
    vec4 v = fetch(t, index / 2);
    return index % 2 == 0 ? v.x : v.y;
  }`;

/** The result is a tensor, so that `tidy` frees what a kernel does not return. */
export function launch(backend: MathBackendWebGL, {numbers = {}, ...args}: Launch): Tensor {
  const laidOut = numberInputs(backend, numbers);
  const inputs = {...args.inputs, ...laidOut};
  const uniforms = {...args.uniforms};
  const functions = Object.entries(laidOut).map(([name, {shape}]) => {
    const declared = declareNumber(name, shape);
    Object.assign(uniforms, declared.uniforms);
    return declared.code;
  });
  const code = [...functions, args.code].join('\n');
  // The last argument: without WEBGL_PACK too the result stays packed, until tfjs must unpack it.
  const result = backend.runWebGLProgram(
    new NormalizeProgram({...args, inputs, uniforms, code}),
    Object.values(inputs),
    'float32',
    Object.values(uniforms).map(({values}) => values),
    true,
  );
  return engine().makeTensorFromTensorInfo(result);
}

type ElementLaunch = {
  readonly name: string;
  readonly view: NormView;
  /** Inputs with a value for each element, */
  readonly elements: Inputs;
  /** with a number for each parameter or group, */
  readonly numbers: Inputs;
  /** and with a texel for each group. */
  readonly texels: Inputs;
  readonly uniforms?: Uniforms;
  /** The functions that the code calls. */
  readonly functions?: string;
  /** GLSL of the result's texel at the coordinates; it finds the elements under their names. */
  readonly code: string;
  readonly hasSecond?: boolean;
};

/** GLSL of an activation and its slope, for the four lanes of a texel. */
export const declareLanes = (activation: AnyActivation | null | undefined): string =>
  declareActivation(
    activation,
    (name, expression) => `vec4 ${name}(vec4 z) { return ${expression}; }`,
  );

/**
 * Launches a program whose result has a value for each element. Lanes beyond odd edges are 0, since tfjs's matrix
 * products add them up.
 */
export function launchElements(
  backend: MathBackendWebGL,
  {
    name,
    view,
    elements,
    numbers,
    texels,
    uniforms = {},
    functions = '',
    code,
    hasSecond,
  }: ElementLaunch,
): Tensor {
  const coordinates = (type = '') => view.map((_, i) => `${type}c${i}`).join(', ');
  const read = Object.keys(elements).map(of => `vec4 ${of} = fetch(${of}Texture, index);`);
  return launch(backend, {
    name,
    inputs: {...texelInputs(view, elements), ...texels},
    numbers,
    uniforms: {sizes: int(...view.map(axis => axis.size)), ...uniforms},
    code: `${functions}
      vec4 lanesAt(int index, ${coordinates('int ')}) {
        ${read.join(' ')}
        ${code}
      }
      vec4 texel(int index) {
        ${declare(view)} ${decode(view, () => true, 'index', true)}
        bvec4 lanes = ${lanesOf(view, () => false)};
        vec4 result = lanesAt(index, ${coordinates()});
        ${hasSecond ? `${SECOND} = mix(vec4(0.0), ${SECOND}, lanes);` : ''}
        return mix(vec4(0.0), result, lanes);
      }`,
    outputShape: texelShape(view),
    hasSecond,
  });
}

/** Runs a kernel of tfjs's own, which in profiles counts to the kernel of ours that calls it. */
export const runTfjs = (
  backend: MathBackendWebGL,
  kernelName: string,
  x: TensorInfo,
  attrs: NamedAttrMap,
): Tensor =>
  engine().makeTensorFromTensorInfo(
    getKernel(kernelName, 'webgl').kernelFunc({inputs: {x}, backend, attrs}) as TensorInfo,
  );

/** A list that is not packed in pieces of these sizes: tfjs slices such a texture without a launch. */
export function pieces(backend: MathBackendWebGL, list: Tensor, sizes: number[]): Tensor[] {
  let end = 0;
  return sizes.map(size => {
    const begin = end;
    end += size;
    return runTfjs(backend, Slice, list, {begin: [begin], size: [size]});
  });
}
