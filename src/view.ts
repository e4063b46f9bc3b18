import {remembered} from './remembered.js';

/** The parameters of a view; those of given statistics are among them. */
export type ParamName = 'gamma' | 'beta' | 'gate' | 'mean' | 'variance' | 'scale' | 'offset';

/** One axis of a view: its size, and what varies along it. */
export type ViewAxis = {
  readonly size: number;
  /** The statistics are taken over this axis. */
  readonly reduced: boolean;
  /** The parameters vary along this axis. */
  readonly param: boolean;
  /** The parameters that do not, though others do. Absent where all do. */
  readonly without?: readonly ParamName[];
};

/**
 * A normalization's view of its input: a row-major array whose axes are each reduced or kept, and
 * each with a parameter or without. Neighbouring axes never play the same part.
 *
 * Group normalization of `[n, h, w, c]`, for instance, is
 *
 *     n: kept    h·w: reduced    g: kept, param    c/g: reduced, param
 *
 * Elements whose positions differ along reduced axes only form a *group* and share their statistics.
 */
export type NormView = readonly ViewAxis[];

/**
 * The view of `shape`. Neighbours that play the same part are merged; an axis of size 1 is left out.
 *
 * The same arguments give the same object, so that a plan can be found by its view.
 */
export const viewOf: (
  shape: readonly number[],
  reduced: readonly number[],
  params: readonly number[],
) => NormView = /* @__PURE__ */ remembered(viewOfEach);

/** The axes along which each of the parameters varies. */
export type AxesOf = Readonly<Partial<Record<ParamName, readonly number[]>>>;

/**
 * The same, where each parameter that `axesOf` names varies along axes of its own. Some of them varies along each
 * of `params`.
 */
export function viewOfEach(
  shape: readonly number[],
  reduced: readonly number[],
  params: readonly number[],
  axesOf: AxesOf = {},
): NormView {
  const names = Object.keys(axesOf) as ParamName[];
  const view: ViewAxis[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const param = params.includes(i);
    const without = param ? names.filter(name => !axesOf[name]!.includes(i)) : [];
    const axis = {
      ...{size, reduced: reduced.includes(i), param},
      ...(without.length > 0 && {without}),
    };
    const last = view[view.length - 1];
    if (
      last?.reduced === axis.reduced &&
      last.param === axis.param &&
      String(last.without ?? '') === String(without)
    ) {
      view[view.length - 1] = {...axis, size: last.size * size};
    } else {
      view.push(axis);
    }
  });
  return view.length > 0 ? view : [{size: 1, reduced: true, param: false}];
}

/** All axes but these. */
export function otherAxes(axes: readonly number[], rank: number): number[] {
  const others: number[] = [];
  for (let axis = 0; axis < rank; axis++) if (!axes.includes(axis)) others.push(axis);
  return others;
}

/** The number of elements. */
export const viewSize = (view: NormView): number => sizeWhere(view, () => true);

/** The number of groups. */
export const groupCount = (view: NormView): number => sizeWhere(view, axis => !axis.reduced);

/** The number of elements in each group. */
export const groupSize = (view: NormView): number => sizeWhere(view, axis => axis.reduced);

/** Whether a parameter varies along an axis. */
export const varies = ({param, without}: ViewAxis, name: ParamName): boolean =>
  param && !without?.includes(name);

/** The number of values in `gamma` and in `beta`: 1 if no axis carries a parameter. */
export const paramCount = (view: NormView): number => sizeWhere(view, axis => axis.param);

/** The number of values in one of the parameters. */
export const countOf = (view: NormView, name: ParamName): number =>
  sizeWhere(view, axis => varies(axis, name));

function sizeWhere(view: NormView, keep: (axis: ViewAxis) => boolean): number {
  let size = 1;
  for (const axis of view) if (keep(axis)) size *= axis.size;
  return size;
}

/** An axis with its steps: how far one index along it leads in the arrays of groups and parameters. */
export type StridedAxis = ViewAxis & {
  /** 0 along a reduced axis. */
  readonly groupStep: number;
  /** 0 along an axis without a parameter. */
  readonly paramStep: number;
};

/** The view's axes with their steps: an element's group is the sum of its coordinates times the steps. */
export function withSteps(view: NormView): StridedAxis[] {
  let group = 1;
  let param = 1;
  const strided: StridedAxis[] = [];
  for (const axis of [...view].reverse()) {
    strided.unshift({
      ...axis,
      groupStep: axis.reduced ? 0 : group,
      paramStep: axis.param ? param : 0,
    });
    if (!axis.reduced) group *= axis.size;
    if (axis.param) param *= axis.size;
  }
  return strided;
}

/** For each element of an array of these axes, its index among the groups or the parameters. */
export function indexTable(
  axes: readonly StridedAxis[],
  step: 'groupStep' | 'paramStep',
): Int32Array {
  const table = new Int32Array(viewSize(axes));
  let length = 1;
  for (const axis of [...axes].reverse()) {
    for (let c = 1; c < axis.size; c++) {
      const index = c * axis[step];
      for (let i = 0; i < length; i++) table[c * length + i] = table[i] + index;
    }
    length *= axis.size;
  }
  return table;
}
