import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormView} from '../../../view.js';
import {float, int, launch, type WebGLBackend} from './program.js';
import {declare, decode, lanesOf, texelShape} from './texels.js';

type Inputs = Record<string, TensorInfo>;

type Map = {
  readonly name: string;
  readonly view: NormView;
  /** Inputs with a value for each element, parameter and group (a texel each). */
  readonly elements: Inputs;
  readonly params: Inputs;
  readonly groups: Inputs;
  readonly uniforms?: Record<string, number>;
  /** GLSL that returns the texel at the coordinates; it has the elements under their names. */
  readonly code: string;
};

/** A result of the view's shape, a texel at a time. */
export function mapTexels(
  backend: WebGLBackend,
  {name, view, elements, params, groups, uniforms = {}, code}: Map,
): TensorInfo {
  const shape = texelShape(view);
  const first = Object.values(elements)[0];
  const result = launch(backend, {
    name,
    inputs: {
      ...withShapes(elements, () => shape),
      ...withShapes(params, ({shape: [size]}) => [1, 1, size]),
      ...groups,
    },
    uniforms: {
      sizes: int(...view.map(axis => axis.size)),
      ...Object.fromEntries(Object.entries(uniforms).map(([key, value]) => [key, float(value)])),
    },
    code: `
      vec4 lanesAt(int index, ${coordinates(view, 'int ')}) {
        ${Object.keys(elements)
          .map(element => `vec4 ${element} = fetch(${element}Texture, index);`)
          .join(' ')}
        ${code}
      }
      vec4 texel(int index) {
        ${declare(view)} ${decode(view, () => true, 'index', true)}
        // tfjs's products of matrices add up what is beyond odd edges.
        bvec4 lanes = ${lanesOf(view, () => false)};
        return mix(vec4(0.0), lanesAt(index, ${coordinates(view)}), lanes);
      }`,
    outputShape: shape,
  });
  return {...result, shape: first.shape};
}

const coordinates = (view: NormView, type = ''): string =>
  view.map((_, i) => `${type}c${i}`).join(', ');

const withShapes = (inputs: Inputs, shapeOf: (info: TensorInfo) => number[]): Inputs =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, info]) => [name, {...info, shape: shapeOf(info)}]),
  );
