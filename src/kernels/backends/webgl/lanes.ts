/** GLSL that gives each lane of a texel its parameters and its group's statistics. */
import type {NormView} from '../../../view.js';
import {gather, PER_GROUP, PER_PARAM} from './texels.js';

/** Declares `gamma`, `beta`: of each lane, or one for all. */
export const paramLanes = (view: NormView, names: string[]): string =>
  names
    .map(name => {
      const {code, value, type} = gather(
        view,
        PER_PARAM.kept,
        'float',
        `${name}_`,
        index => `paramAt(${name}Texture, ${index})`,
      );
      return `${code} ${type} ${name} = ${value(read => read)};`;
    })
    .join('\n');

/** Declares what is `of` each group's texel in `texture`, under its name. */
export function groupLanes(
  view: NormView,
  texture: string,
  fields: Record<string, (texel: string) => string>,
): string {
  const {code, value, type} = gather(
    view,
    PER_GROUP.kept,
    'vec4',
    `${texture}_`,
    index => `fetch(${texture}Texture, ${index})`,
  );
  const declared = Object.entries(fields).map(([name, of]) => `${type} ${name} = ${value(of)};`);
  return [code, ...declared].join('\n');
}

/** What a group's texel of statistics has, for `groupLanes`. */
export const STATS = {
  mean: (s: string) => `${s}.x`,
  rest: (s: string) => `${s}.y`,
  rstd: (s: string) => `${s}.w`,
};
