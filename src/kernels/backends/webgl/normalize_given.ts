import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {yGiven} from '../../gpu/formulas.js';
import {paramLanes} from './lanes.js';
import {mapTexels} from './map.js';
import type {WebGLBackend} from './program.js';
import {texelView} from './texels.js';

/** One launch. */
export function normalizeGiven(
  backend: WebGLBackend,
  {x, ...params}: Record<string, TensorInfo>,
  attrs: NormalizeAttrs,
): [TensorInfo] {
  const view = texelView(attrs.view);
  const y = mapTexels(backend, {
    name: 'y of given statistics',
    view,
    elements: {x},
    params,
    groups: {},
    uniforms: {epsilon: attrs.epsilon},
    code: `${paramLanes(view, Object.keys(params))} return ${yGiven('epsilon')};`,
  });
  return [y];
}
