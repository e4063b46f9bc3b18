import type {Tensor, TensorInfo} from '@tensorflow/tfjs-core';
import type {WebGPUBackend} from '@tensorflow/tfjs-backend-webgpu';
import type {FusedNormalizeGrad, GradAttrs} from '../../contract.js';
import type {Statistic} from '../../../statistic.js';
import {groupSize, type ParamName, varies, viewSize} from '../../../view.js';
import {
  alongTerm,
  arraysOf,
  dgammaTerm,
  dx,
  dz,
  factor,
  type Formula,
  formulaOf,
  h,
  hasParamPerGroup,
} from '../../gpu/formulas.js';
import {type Inputs, type Kernel, picked} from '../../register.js';
import {everywhere, indexFunction, type Pattern, read} from './indexing.js';
import {declareScalar, launch, type Program} from './program.js';
import {launchOf, overRun, reduce, reductionOf, type Tile} from './reduction.js';
import {addAllUp, addUp, addUpParts} from './sums.js';

/**
 * `dx` takes one launch, `dgamma` and `dbeta` one each. Where a reduction is split into parts, `dx`
 * takes two more, and `dgamma` and `dbeta` together one more.
 */
export const normalizeGrad: Kernel<WebGPUBackend, typeof FusedNormalizeGrad> = (
  backend,
  {dmean, dspread, dsum, ...inputs},
  attrs,
) => {
  const {view, statistic, wanted} = attrs;
  const dparams = wanted.dparams ? paramGrads(backend, inputs, attrs) : [];
  if (!wanted.dx) return dparams;
  const ofDx: Inputs = isUsed(backend, dsum) ? {...inputs, dsum} : inputs;
  if ([dmean, dspread].some(grad => statistic.center && isUsed(backend, grad))) {
    // A program may use eight arrays, so there is no room for both `dgamma` and `dbeta`, as with `dsum` below.
    return [dxOfGroups(backend, {...ofDx, dmean, dspread}, attrs), ...dparams];
  }
  if (wanted.dparams && hasParamPerGroup(view) && !('dsum' in ofDx)) {
    const [dgamma, dbeta] = dparams;
    const sums: Inputs = statistic.center ? {dgamma, dbeta} : {dgamma};
    return [dxOfElements(backend, {...ofDx, ...sums}, attrs), ...dparams];
  }
  return [dxOfGroups(backend, ofDx, attrs), ...dparams];
};

/** `dgamma` and `dbeta`, each by a launch of its own, since a slice would be a launch too. */
function paramGrads(backend: WebGPUBackend, inputs: Inputs, attrs: GradAttrs): Tensor[] {
  const {view} = attrs;
  const over = (name: ParamName) => reductionOf(view, axis => !varies(axis, name));
  const [dgamma, dbeta] = [dgammaTerm(attrs), dz(attrs)];
  const arrays = picked(inputs, arraysOf(attrs, false));
  const ofDbeta = dbeta === 'dy' ? picked(inputs, ['dy']) : arrays;
  const differ = view.some(axis => varies(axis, 'gamma') !== varies(axis, 'beta'));
  const reduction = over('gamma');
  if (differ || reduction.parts === 1) {
    return [
      addAllUp(backend, dgamma, arrays, attrs, reduction),
      addAllUp(backend, dbeta, ofDbeta, attrs, over('beta')),
    ];
  }
  const partSums = addUp(backend, [dgamma, dbeta], arrays, attrs, reduction);
  return [
    addUpParts(backend, ['partSums.x'], partSums, reduction),
    addUpParts(backend, ['partSums.y'], partSums, reduction),
  ];
}

/** `dx` from the arrays alone: in one launch where a workgroup reaches a whole group. */
function dxOfGroups(backend: WebGPUBackend, inputs: Inputs, attrs: GradAttrs): Tensor {
  const {view, statistic, epsilon} = attrs;
  const reduction = reductionOf(view, axis => axis.reduced);
  if (reduction.parts > 1) {
    const terms = [statistic.center ? h(attrs) : '0.0', alongTerm(attrs)];
    const arrays = picked(inputs, arraysOf(attrs, true));
    const partSums = addUp(backend, terms, arrays, attrs, reduction);
    const groupSums = addUpParts(backend, ['partSums.x', 'partSums.y'], partSums, reduction);
    return dxOfElements(backend, {...inputs, groupSums}, attrs);
  }
  const {threads, sizes} = launchOf(reduction);
  const options = {
    tile: reduction.tile,
    formula: formulaOf(attrs),
    hasMoments: 'dmean' in inputs,
    hasDsum: 'dsum' in inputs,
  };
  return launch(backend, gradOfGroups, options, {
    ...{inputs, shape: inputs['x'].shape, threads, view},
    sizes: {...sizes, groupSize: groupSize(view)},
    numbers: {epsilon},
  });
}

/** `dx` from sums that are inputs: `groupSums`, or `dgamma` and `dbeta` of a group's one parameter. */
function dxOfElements(backend: WebGPUBackend, inputs: Inputs, attrs: GradAttrs): Tensor {
  const {view, epsilon} = attrs;
  const formula = formulaOf(attrs);
  const options = {pattern: everywhere(view), arrays: Object.keys(inputs), formula};
  return launch(backend, gradOfElements, options, {
    ...{inputs, shape: inputs['x'].shape, threads: viewSize(view), view},
    sizes: {groupSize: groupSize(view)},
    numbers: {epsilon},
  });
}

const GROUP_SIZE = 'f32(uniforms.groupSize)';

/** WGSL for a group's `meanH` and `along`, from its sums of `H` and of `alongTerm`. */
function groupTerms({center, average}: Statistic, sumH: string, sumAlong: string): string {
  const along = average
    ? `(${sumAlong}) / ${GROUP_SIZE}`
    : // A norm does not move with x where epsilon holds it up.
      `select(0.0, ${sumAlong}, spread > uniforms.epsilon)`;
  return `
    ${center ? `let meanH = (${sumH}) / ${GROUP_SIZE};` : ''}
    let along = ${along};`;
}

const dxOf = (formula: Formula, hasMoments: boolean, hasDsum: boolean): string =>
  dx(formula, {meanH: 'meanH', along: 'along', count: hasMoments ? GROUP_SIZE : null}, hasDsum);

/** The arrays that `dx` reads for each element; those for the group come before. */
const elementArrays = (formula: Formula): string[] =>
  arraysOf(formula, true).filter(array => array !== 'stats');

type GroupOptions = {tile: Tile; formula: Formula; hasMoments: boolean; hasDsum: boolean};

const gradOfGroups: Program<GroupOptions> = {
  name: 'gradient of groups',
  code: ({tile, formula, hasMoments, hasDsum}) =>
    declareScalar(formula.activation) +
    reduce(
      tile,
      `
    ${read(['stats', ...(hasMoments ? ['dmean', 'dspread'] : [])], 'origin')}
    var sums = vec2<f32>(0.0);
    ${overRun(`
      ${read(elementArrays(formula))}
      sums += vec2<f32>(${h(formula)}, ${alongTerm(formula)});
    `)}
    sums = overLanes(sums);
    ${groupTerms(formula.statistic, 'sums.x', 'sums.y')}
    if (isInside) {
      ${overRun(`
      ${read([...elementArrays(formula), ...(hasDsum ? ['dsum'] : [])])}
      result[at.x] = ${dxOf(formula, hasMoments, hasDsum)};
      `)}
    }`,
    ),
};

const gradOfElements: Program<{
  pattern: Pattern;
  arrays: readonly string[];
  formula: Formula;
}> = {
  name: 'gradient',
  code: ({pattern, arrays, formula}) => `
  ${declareScalar(formula.activation)}
  ${indexFunction('everyAt', pattern, 'r')}
  fn main(index : i32) {
    if (index < uniforms.size) {
      let at = everyAt(index);
      ${read(arrays)}
      ${
        arrays.includes('groupSums')
          ? groupTerms(formula.statistic, 'groupSums.x', 'groupSums.y')
          : groupTerms(
              formula.statistic,
              `${factor(formula)} * dbeta`,
              `${factor(formula)} * dgamma`,
            )
      }
      result[index] = ${dxOf(formula, arrays.includes('dmean'), arrays.includes('dsum'))};
    }
  }`,
};

/** tfjs makes zeros, on the CPU, for the gradient of an output that nobody used: no need to upload. */
function isUsed(backend: WebGPUBackend, grad: TensorInfo | undefined): boolean {
  if (grad == null) return false;
  const {values} = backend.tensorMap.get(grad.dataId);
  return values == null || (values as Float32Array).some(v => v !== 0);
}
