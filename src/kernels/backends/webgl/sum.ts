import {sumOf} from '../../gpu/formulas.js';
import type {Inputs} from '../../register.js';
import type {NormView} from '../../../view.js';
import {paramLanes} from './texels.js';

/** GLSL that makes of a texel's `x` the sum with its `residual`, if there is one. */
export const replaceBySum = (view: NormView, {residual, gate}: Inputs): string =>
  residual == null
    ? ''
    : `${gate == null ? '' : paramLanes(view, ['gate'])}
       x = ${sumOf('alpha', gate != null)};`;
