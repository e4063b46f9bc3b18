/**
 * Programs with two results. tfjs gives a program one texture to draw to, WebGL 2 several, so what tfjs says to WebGL is
 * completed while it launches such a program.
 */
import {engine, type Tensor} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';

/** GLSL: what the second result is, for the texel in hand. */
export const SECOND = 'secondResult';

const FIRST_COLOR = 'out vec4 outputColor;';
const BOTH_COLORS = `
  layout(location = 0) out vec4 outputColor;
  layout(location = 1) out vec4 secondColor;
  vec4 ${SECOND} = vec4(0.0);`;

/** The last statement of the program. */
export const WRITE_SECOND = `secondColor = ${SECOND};`;

/** The programs that were compiled for two results. */
const withTwo = new WeakSet();

/** A texture as that of a packed result of this shape. */
function makeResult(backend: MathBackendWebGL, shape: number[]): Tensor {
  const tensor = engine().makeTensorFromTensorInfo(backend.makeTensorInfo(shape, 'float32'));
  backend.texData.get(tensor.dataId).isPacked = true;
  backend.uploadToGPU(tensor.dataId);
  return tensor;
}

/**
 * Both results of `launch`, which runs a program that ends with `WRITE_SECOND` and whose own result has the shape. Before,
 * tfjs may run programs of its own, which upload or pack the inputs.
 */
export function withSecond(
  backend: MathBackendWebGL,
  shape: number[],
  launch: () => Tensor,
): [Tensor, Tensor] {
  const second = makeResult(backend, shape);
  const {gpgpu} = backend;
  const gl = gpgpu.gl as WebGL2RenderingContext;
  const {texture} = backend.texData.get(second.dataId).texture!;
  const attach = (to: WebGLTexture | null) => {
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT1, gl.TEXTURE_2D, to, 0);
    gl.drawBuffers([gl.COLOR_ATTACHMENT0, ...(to == null ? [] : [gl.COLOR_ATTACHMENT1])]);
  };
  const [shaderSource, executeProgram] = [gl.shaderSource.bind(gl), gpgpu.executeProgram.bind(gpgpu)]; // prettier-ignore
  let isNew = false;
  gl.shaderSource = (shader, source) => {
    isNew = source.includes(WRITE_SECOND);
    shaderSource(shader, isNew ? source.replace(FIRST_COLOR, BOTH_COLORS) : source);
  };
  gpgpu.executeProgram = () => {
    const {program} = gpgpu as unknown as {program: object};
    if (isNew) withTwo.add(program);
    isNew = false;
    if (!withTwo.has(program)) {
      executeProgram();
      return;
    }
    attach(texture);
    try {
      executeProgram();
    } finally {
      attach(null);
    }
  };
  try {
    return [launch(), second];
  } finally {
    // The methods are the prototypes'.
    Reflect.deleteProperty(gl, 'shaderSource');
    Reflect.deleteProperty(gpgpu, 'executeProgram');
  }
}
