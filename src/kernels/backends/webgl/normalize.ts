import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {y} from '../../gpu/formulas.js';
import {freeOnError} from '../../gpu/free.js';
import {groupLanes, paramLanes, STATS} from './lanes.js';
import {mapTexels} from './map.js';
import type {WebGLBackend} from './program.js';
import {statistics} from './statistics.js';
import {texelView} from './texels.js';

type Inputs = Record<string, TensorInfo>;

/** Two launches, or three where a group takes several parts. */
export function normalize(
  backend: WebGLBackend,
  {x, gamma, beta}: Inputs,
  attrs: NormalizeAttrs,
): TensorInfo[] {
  const view = texelView(attrs.view);
  const stats = statistics(backend, x, attrs);
  const result = freeOnError(backend, [stats], () =>
    mapTexels(backend, {
      name: 'y',
      view,
      elements: {x},
      params: {gamma, beta},
      groups: {stats},
      code: `${groupLanes(view, 'stats', STATS)} ${paramLanes(view, ['gamma', 'beta'])}
             return ${y(attrs.statistic)};`,
    }),
  );
  return [result, stats];
}
