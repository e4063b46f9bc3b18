import type {TensorInfo} from '@tensorflow/tfjs-core';

/** What the kernels use of tfjs's MathBackendWebGL. */
export type WebGLBackend = {
  readonly texData: {get(dataId: object): {values: unknown; texture: unknown}};
  readSync(dataId: object): unknown;
  runWebGLProgram(
    program: object,
    inputs: TensorInfo[],
    dtype: 'float32',
    customUniformValues: number[][],
    preventEagerUnpackingOfOutput: boolean,
  ): TensorInfo;
  makeTensorInfo(shape: number[], dtype: 'float32', values?: Float32Array): TensorInfo;
  disposeData(dataId: object): boolean;
  shouldExecuteOnCPU(inputs: TensorInfo[]): boolean;
};

type Uniforms = Record<string, {type: 'int' | 'float'; values: number[]}>;

export const int = (...values: number[]) => ({type: 'int' as const, values});
export const float = (...values: number[]) => ({type: 'float' as const, values});

export type Launch = {
  /** For profiles. */
  readonly name: string;
  /** By name: GLSL has each as the sampler `nameTexture`. */
  readonly inputs: Record<string, TensorInfo>;
  readonly uniforms: Uniforms;
  /** GLSL, with a function `vec4 texel(int index)`, or `float` where the output is not packed. */
  readonly code: string;
  readonly outputShape: number[];
  readonly packedOutput?: boolean;
};

/** tfjs's GPGPUProgram. All inputs are packed: tfjs packs those that are not. */
class NormalizeProgram {
  readonly packedInputs = true;
  // Else tfjs writes the shapes into the shader.
  readonly enableShapeUniforms = true;
  readonly packedOutput: boolean;
  readonly name: string;
  readonly variableNames: string[];
  readonly outputShape: number[];
  readonly customUniforms: Array<{name: string; type: string; arrayIndex?: number}>;
  readonly userCode: string;

  constructor({name, inputs, uniforms, code, outputShape, packedOutput = true}: Launch) {
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
      }`;
  }
}

const COMMON = `
  vec4 fetch(sampler2D t, int index) {
    int width = textureSize(t, 0).x;
    return texelFetch(t, ivec2(index % width, index / width), 0);
  }
  float paramAt(sampler2D t, int p) {
    vec4 v = fetch(t, p / 2);
    return p % 2 == 0 ? v.x : v.y;
  }`;

export function launch(backend: WebGLBackend, args: Launch): TensorInfo {
  const values = Object.values(args.uniforms).map(uniform => uniform.values);
  const inputs = Object.values(args.inputs);
  // Even without WEBGL_PACK, where tfjs unpacks what needs to be.
  return backend.runWebGLProgram(new NormalizeProgram(args), inputs, 'float32', values, true);
}
