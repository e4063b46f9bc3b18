import {
  FusedNormalize,
  FusedNormalizeGiven,
  FusedNormalizeGrad,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
} from '../contract.js';
import type {NormalizeAttrs} from '../contract.js';
import {groupCount, paramCount} from '../../view.js';
import {normalize} from './plain/normalize.js';
import {normalizeGiven} from './plain/normalize_given.js';
import {normalizeGrad, normalizeParamGrad} from './plain/normalize_grad.js';
import {STRIP} from './kernels.js';
import {normalizeLines} from './lines.js';
import {normalizeGivenLines} from './lines_given.js';
import {type LineSums, normalizeGradLines, normalizeParamGradLines} from './lines_grad.js';
import {type LinesPlan, planLines, planParamRows, planRows, type RowsPlan} from './plan.js';
import {normalizeGradRows, normalizeParamGradRows, normalizeRows} from './rows.js';
import type {Space} from './space.js';

export type Arrays = Record<string, Float32Array>;

/** The same arrays have the same ids. */
export type Ids = Record<string, object>;

/** How the SIMD kernels would do it. */
type SimdPlan = {
  /** Bytes of scratch, and those of a row of all the arrays that are run along. */
  readonly scratch: number;
  readonly row: number;
  /** Writes the outputs; `false` if the kernels cannot. */
  readonly run: (space: Space, arrays: Arrays, ids: Ids) => boolean;
};

/** A kernel on flat arrays, for backends whose tensors are in the processor's memory. */
export type ArrayKernel = {
  /** The outputs' names and shapes. */
  readonly outputs: (attrs: NormalizeAttrs, xShape: number[]) => Array<[string, number[]]>;
  /** Plain loops, which take any view and return the outputs. */
  readonly plain: (arrays: Arrays, attrs: NormalizeAttrs) => Float32Array[];
  readonly plan: (attrs: NormalizeAttrs) => SimdPlan | null;
};

export const ARRAY_KERNELS: Record<string, ArrayKernel> = {
  [FusedNormalize]: {
    outputs: ({view}, xShape) => [
      ['y', xShape],
      ['stats', [groupCount(view), 2, 2]],
    ],
    plain: ({x, gamma, beta}, attrs) => {
      const {y, stats} = normalize(x, gamma, beta, attrs);
      return [y, stats];
    },
    plan: attrs =>
      ofRows(planRows(attrs.view), (space, arrays, plan) =>
        normalizeRows(space, arrays, plan, attrs),
      ) ?? ofLines(attrs, (space, arrays, plan) => normalizeLines(space, arrays, plan, attrs)),
  },
  [FusedNormalizeGiven]: {
    outputs: (_, xShape) => [['y', xShape]],
    plain: ({x, mean, variance, gamma, beta}, attrs) => [
      normalizeGiven(x, mean, variance, gamma, beta, attrs),
    ],
    plan: attrs =>
      ofLines(attrs, (space, arrays, plan) => normalizeGivenLines(space, arrays, plan, attrs)),
  },
  [FusedNormalizeGrad]: {
    outputs: (_, xShape) => [['dx', xShape]],
    plain: ({dy, x, gamma, stats, dstats}, attrs) => [
      normalizeGrad(dy, x, gamma, stats, dstats, attrs),
    ],
    plan: attrs =>
      ofRows(planRows(attrs.view), (space, arrays, plan) =>
        normalizeGradRows(space, arrays, plan, attrs),
      ) ??
      ofLines(attrs, (space, arrays, plan, ids) =>
        normalizeGradLines(space, arrays, plan, attrs, recall(ids)),
      ),
  },
  [FusedNormalizeParamGrad]: {
    outputs: ({view}) => [['dparams', [2, paramCount(view)]]],
    plain: ({dy, x, stats}, attrs) => [normalizeParamGrad(dy, x, stats, attrs)],
    plan: attrs =>
      ofRows(planParamRows(attrs.view), (space, arrays, plan) =>
        normalizeParamGradRows(space, arrays, plan),
      ) ??
      ofLines(attrs, (space, arrays, plan, ids) => {
        const sums = normalizeParamGradLines(space, arrays, plan, attrs);
        if (sums != null) remember(ids, sums);
        return sums != null;
      }),
  },
};

function ofRows(
  plan: RowsPlan | null,
  run: (space: Space, arrays: Arrays, plan: RowsPlan) => void,
): SimdPlan | null {
  if (plan == null) return null;
  const {n, params} = plan;
  return {
    // gamma and beta, or their gradients in f64.
    scratch: 4 * (4 * params + 4 * STRIP),
    row: 4 * (3 * n + 8),
    run: (space, arrays) => {
      run(space, arrays, plan);
      return true;
    },
  };
}

function ofLines(
  {view}: NormalizeAttrs,
  run: (space: Space, arrays: Arrays, plan: LinesPlan, ids: Ids) => boolean,
): SimdPlan | null {
  const plan = planLines(view);
  if (plan == null) return null;
  return {
    // Two f64 and four f32 a line.
    scratch: 32 * plan.groupOf.length + 4 * 4 * STRIP,
    row: 12 * plan.width,
    run: (space, arrays, ids) => run(space, arrays, plan, ids),
  };
}

/** What a kernel is made of; the results are in the opposite order. See `remembered`. */
export const partsOf = (kernelName: string): string[] =>
  kernelName === FusedNormalizeGrads ? [FusedNormalizeParamGrad, FusedNormalizeGrad] : [kernelName];

/**
 * Both gradient kernels need the sums of lines, and are run one right after the other: that of the
 * parameters, which is the first, leaves them for the second.
 */
const remembered = new WeakMap<object, {x: object; stats: object; sums: LineSums[]}>();

function remember({dy, x, stats}: Ids, sums: LineSums[]): void {
  remembered.set(dy, {x, stats, sums});
}

function recall({dy, x, stats}: Ids): LineSums[] | undefined {
  const last = remembered.get(dy);
  remembered.delete(dy);
  return last?.x === x && last.stats === stats ? last.sums : undefined;
}
