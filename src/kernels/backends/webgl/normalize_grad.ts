import type {TensorInfo} from '@tensorflow/tfjs-core';
import type {NormalizeAttrs} from '../../contract.js';
import {groupSize} from '../../../view.js';
import {dx} from '../../gpu/formulas.js';
import {freeAfter} from '../../gpu/free.js';
import {groupLanes, paramLanes, STATS} from './lanes.js';
import {mapTexels} from './map.js';
import type {WebGLBackend} from './program.js';
import {groupSums} from './sums.js';
import {texelView} from './texels.js';

type Inputs = Record<string, TensorInfo>;

/** Two launches, or three where a group takes several parts. */
export function normalizeGrad(
  backend: WebGLBackend,
  {dstats, ...inputs}: Inputs,
  attrs: NormalizeAttrs,
): [TensorInfo] {
  const view = texelView(attrs.view);
  const {statistic, epsilon} = attrs;
  const {dy, x, gamma, stats} = inputs;
  const throughStats = statistic.center && !isZero(backend, dstats);
  const result = freeAfter(backend, groupSums(backend, inputs, attrs), sums =>
    mapTexels(backend, {
      name: 'dx',
      view,
      elements: {dy, x},
      params: {gamma},
      groups: throughStats ? {stats, sums, dstats} : {stats, sums},
      uniforms: {count: groupSize(view), epsilon},
      code: `
        ${groupLanes(view, 'stats', {...STATS, moves: s => `float(${s}.z > epsilon)`})}
        ${groupLanes(view, 'sums', {meanH: s => `${s}.x`, along: s => `${s}.y`})}
        ${paramLanes(view, ['gamma'])}
        // A norm does not move with x where epsilon holds it up.
        ${statistic.average ? '' : 'along *= moves;'}
        ${throughStats ? groupLanes(view, 'dstats', DSTATS) : ''}
        return ${dx(statistic, {throughStats})};`,
    }),
  );
  return [result];
}

const DSTATS = {
  dmean: (d: string) => `${d}.x / count`,
  dspread: (d: string) => `${d}.z / count`,
};

/** tfjs makes zeros on the CPU for outputs that nobody used; they need no upload. */
function isZero(backend: WebGLBackend, {dataId}: TensorInfo): boolean {
  const {values, texture} = backend.texData.get(dataId);
  return texture == null && (values as Float32Array).every(v => v === 0);
}
