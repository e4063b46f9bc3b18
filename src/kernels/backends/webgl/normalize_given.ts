import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {FusedNormalizeGiven} from '../../contract.js';
import {yGiven} from '../../gpu/formulas.js';
import type {Kernel} from '../../register.js';
import {declareLanes, float, launchElements} from './program.js';
import {paramLanes, texelView} from './texels.js';

/** One launch. */
export const normalizeGiven: Kernel<MathBackendWebGL, typeof FusedNormalizeGiven> = (
  backend,
  {x, ...params},
  attrs,
) => {
  const view = texelView(attrs.view);
  const y = launchElements(backend, {
    name: 'y of given statistics',
    view,
    elements: {x},
    numbers: params,
    texels: {},
    uniforms: {epsilon: float(attrs.epsilon)},
    functions: declareLanes(attrs.activation),
    code: `
      ${paramLanes(view, Object.keys(params))}
      return ${yGiven(attrs, 'epsilon', Object.keys(params))};`,
  });
  return [y];
};
