import type {Tensor, TensorInfo} from '@tensorflow/tfjs-core';
import type {MathBackendWebGL} from '@tensorflow/tfjs-backend-webgl';
import type {FusedNormalizeGrad, GradAttrs} from '../../contract.js';
import {groupSize} from '../../../view.js';
import {
  alongTerm,
  dgammaTerm,
  dx,
  arraysOf,
  dz,
  factor,
  h,
  hasParamPerGroup,
} from '../../gpu/formulas.js';
import {type Inputs, type Kernel, picked} from '../../register.js';
import {declareLanes, float, launchElements} from './program.js';
import {groupSums, paramGrads, type Terms} from './sums.js';
import {numberLanes, paramLanes, PER_GROUP, STATS, texelLanes, texelView} from './texels.js';

/**
 * `dx` takes two launches, and one more where a group takes several parts. `dgamma` and `dbeta`
 * together take two, of which the first is shared with `dx` where each group has a parameter.
 */
export const normalizeGrad: Kernel<MathBackendWebGL, typeof FusedNormalizeGrad> = (
  backend,
  {dmean, dspread, dsum, ...inputs},
  attrs,
) => {
  const {view, statistic, wanted} = attrs;
  if (!wanted.dx) return paramGrads(backend, inputs, attrs, null);
  const isShared = wanted.dparams && hasParamPerGroup(view);
  const terms: Terms = isShared ? [dgammaTerm(attrs), dz(attrs)] : [alongTerm(attrs), h(attrs)];
  const sums = groupSums(backend, picked(inputs, arraysOf(attrs, !isShared)), attrs, terms);
  const hasMoments = statistic.center && [dmean, dspread].some(grad => isUsed(backend, grad));
  const dmoments: Inputs = hasMoments ? {dmean, dspread} : {};
  return [
    launchDx(
      backend,
      {...inputs, ...(isUsed(backend, dsum) && {dsum})},
      sums,
      isShared,
      dmoments,
      attrs,
    ),
    ...(wanted.dparams ? paramGrads(backend, inputs, attrs, isShared ? sums : null) : []),
  ];
};

/**
 * Keeps a group's sum, or those of a texel's lanes, where the norm moves with x: it does not where epsilon holds it up,
 * even if the sum is no number.
 */
const WHERE_MOVING = `
  float whereMoving(float sum, float moves) { return moves > 0.0 ? sum : 0.0; }
  vec4 whereMoving(vec4 sum, vec4 moves) {
    return mix(vec4(0.0), sum, greaterThan(moves, vec4(0.0)));
  }`;

function launchDx(
  backend: MathBackendWebGL,
  {dy, x, stats, dsum, ...params}: Inputs,
  sums: Tensor,
  /** Whether gamma is still missing in the sums. */
  isShared: boolean,
  dmoments: Inputs,
  attrs: GradAttrs,
): Tensor {
  const {statistic, epsilon} = attrs;
  const view = texelView(attrs.view);
  const names = Object.keys(dmoments);
  const [along, meanH] = ['along', 'meanH'].map(sum =>
    isShared ? `(${factor(attrs)} * ${sum})` : sum,
  );
  const count = names.length > 0 ? 'count' : null;
  return launchElements(backend, {
    name: 'dx',
    view,
    elements: dsum == null ? {dy, x} : {dy, x, dsum},
    numbers: {...params, ...dmoments},
    texels: {stats, sums},
    uniforms: {count: float(groupSize(view)), epsilon: float(epsilon)},
    functions: declareLanes(attrs.activation) + (statistic.average ? '' : WHERE_MOVING),
    code: `
      ${texelLanes(view, 'stats', {...STATS, moves: s => `float(${s}.z > epsilon)`})}
      ${texelLanes(view, 'sums', {along: s => `${s}.x`, meanH: s => `${s}.y`})}
      ${paramLanes(view, Object.keys(params))}
      ${numberLanes(view, PER_GROUP.kept, names)}
      ${statistic.average ? '' : 'along = whereMoving(along, moves);'}
      return ${dx(attrs, {along, meanH, count}, dsum != null)};`,
  });
}

/** tfjs makes zeros, on the CPU, for the gradient of an output that nobody used: no need to upload. */
function isUsed(backend: MathBackendWebGL, grad: TensorInfo | undefined): boolean {
  if (grad == null) return false;
  const {values} = backend.texData.get(grad.dataId);
  return values == null || (values as Float32Array).some(v => v !== 0);
}
