/** One axis of a view: its size, and what varies along it. */
export type ViewAxis = {
  readonly size: number;
  /** The statistics are taken over this axis. */
  readonly reduced: boolean;
  /** `gamma` and `beta` vary along this axis. */
  readonly param: boolean;
};

/**
 * How a normalization sees its input: a row-major array whose axes are each reduced or kept, and
 * each with a parameter or without. Neighbouring axes never play the same part.
 *
 * Group normalization of `[n, h, w, c]`, for instance, is
 *
 *     n: kept    h·w: reduced    g: kept, param    c/g: reduced, param
 *
 * All elements that differ in reduced axes only form a *group*: they share their statistics.
 */
export type NormView = readonly ViewAxis[];

/** Views `shape`, merging neighbours that play the same part. An axis of size 1 plays none. */
export function viewOf(
  shape: readonly number[],
  reduced: readonly number[],
  params: readonly number[],
): NormView {
  const view: ViewAxis[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const axis = {size, reduced: reduced.includes(i), param: params.includes(i)};
    const last = view[view.length - 1];
    if (last?.reduced === axis.reduced && last.param === axis.param) {
      view[view.length - 1] = {...axis, size: last.size * size};
    } else {
      view.push(axis);
    }
  });
  return view.length > 0 ? view : [{size: 1, reduced: true, param: false}];
}

/** How many elements there are. */
export const viewSize = (view: NormView): number => sizeWhere(view, () => true);

/** How many groups there are. */
export const groupCount = (view: NormView): number => sizeWhere(view, axis => !axis.reduced);

/** How many elements each group has. */
export const groupSize = (view: NormView): number => sizeWhere(view, axis => axis.reduced);

/** How many values `gamma` and `beta` have: 1 if no axis carries a parameter. */
export const paramCount = (view: NormView): number => sizeWhere(view, axis => axis.param);

function sizeWhere(view: NormView, keep: (axis: ViewAxis) => boolean): number {
  return view.filter(keep).reduce((size, axis) => size * axis.size, 1);
}

/** An axis with the step that it makes in the arrays of groups and of parameters. */
export type StridedAxis = ViewAxis & {
  /** 0 along a reduced axis. */
  readonly groupStep: number;
  /** 0 along an axis without a parameter. */
  readonly paramStep: number;
};

/** The view's axes with their steps: each index is the sum of coordinate times step. */
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

/** The group or the parameter of each element of some axes: the sum of coordinate times step. */
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
