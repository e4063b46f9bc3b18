import {indexTable, type NormView, viewSize, withSteps} from '../../view.js';

/** Each group is a row: n adjacent elements with a parameter each, or with one for all of them. */
export type RowsPlan = {readonly n: number; readonly params: number};

export function planRows(view: NormView): RowsPlan | null {
  const row = view[view.length - 1];
  if (!row.reduced || view.slice(0, -1).some(axis => axis.reduced || axis.param)) return null;
  if (!row.param && row.size > LONGEST_SEGMENT) return null;
  return {n: row.size, params: row.param ? row.size : 1};
}

/** For the parameters' gradients: where there is but one, each row is a segment as well. */
export function planParamRows(view: NormView): RowsPlan | null {
  const plan = planRows(view);
  return plan != null && plan.params > 1 ? plan : null;
}

/**
 * The elements fall into *lines* of one group and one parameter each: the columns of matrices, or
 * segments, which are rows of `width` adjacent elements. Blocks of them follow one another.
 */
export type LinesPlan = {
  readonly kind: 'column' | 'segment';
  readonly blocks: number;
  readonly blockSize: number;
  readonly width: number;
  /** Of each line, block by block. */
  readonly groupOf: Int32Array;
  readonly paramOf: Int32Array;
  /**
   * Groups do not span the first axis where it is kept. There so many of its indices are planned
   * for, one part of them after the other, that `x` is still in the cache when it is needed again.
   */
  readonly indices: number;
  readonly part: number;
};

/** Shorter lines cost more in the steps between the kernels than they gain. */
const LEAST_COLUMN = 8;
const LEAST_SEGMENT = 16;
/** A longer one would not fit the tile, and is a matrix of one column. */
const LONGEST_SEGMENT = 2 ** 14;
const PART_BYTES = 2 ** 18;

/** `short`: lines of any length, for those that take all of the steps in C. */
export function planLines(view: NormView, short = false): LinesPlan | null {
  const last = view.length - 1;
  const isRun = view.map(axis => axis.reduced && !axis.param);
  const before = isRun.slice(0, last).lastIndexOf(true);
  const isLong = isRun[last] && view[last].size >= (short && before < 0 ? 1 : LEAST_SEGMENT);
  const along = isLong ? last : before;
  const segments = isLong && view[last].size <= LONGEST_SEGMENT;
  if (along < 0 || view[along].size < (short ? 1 : LEAST_COLUMN)) return null;

  const axes = withSteps(view);
  const indices = view[0].reduced ? 1 : view[0].size;
  const part = Math.min(indices, Math.ceil((PART_BYTES / 4) * (indices / viewSize(view))));
  const outer = axes.slice(0, along);
  if (indices > 1) outer[0] = {...outer[0], size: part};
  const blocks = viewSize(outer);
  const blockSize = viewSize(view.slice(along));

  const fold = segments ? 1 : foldOf(view[along].size, blockSize / view[along].size);
  const lines = segments
    ? outer
    : [...outer, {...axes[along], size: fold}, ...axes.slice(along + 1)];
  return {
    ...{kind: segments ? 'segment' : 'column', blocks, blockSize, indices, part},
    width: segments ? blockSize : (fold * blockSize) / view[along].size,
    groupOf: indexTable(lines, 'groupStep'),
    paramOf: indexTable(lines, 'paramStep'),
  };
}

/** A few rows of a narrow matrix are one of a wider one, whose inner loops are long enough. */
function foldOf(rows: number, columns: number): number {
  if (columns >= WIDE / 2) return 1;
  let even = 1;
  while ((even * columns) % VECTORS !== 0) even *= 2;
  const fold = even * Math.ceil(WIDE / (even * columns));
  return Math.max(1, Math.min(fold, Math.floor(rows / LEAST_COLUMN)));
}

const WIDE = 128;
/** Four vectors of four: what the inner loops take at a time. */
const VECTORS = 16;

/** How many elements a line of a block has. The last row of columns may not be full. */
export function lineLength({kind, width, blockSize}: LinesPlan, line: number): number {
  if (kind === 'segment') return width;
  return Math.floor(blockSize / width) + (line < blockSize % width ? 1 : 0);
}

/** A part of the plan, and the stretches of the arrays that it is about. */
export type Part = {
  readonly blocks: number;
  readonly lines: number;
  /** Of `x` or of `stats`. */
  readonly slice: (array: Float32Array) => Float32Array;
  readonly params: <T extends Float32Array | Float64Array>(array: T) => T;
};

export function partsOf(plan: LinesPlan, view: NormView): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < plan.indices; from += plan.part) {
    const to = Math.min(plan.indices, from + plan.part);
    const slice = <T extends Float32Array | Float64Array>(array: T): T => {
      const step = array.length / plan.indices;
      return array.subarray(step * from, step * to) as T;
    };
    parts.push({
      blocks: (plan.blocks / plan.part) * (to - from),
      lines: (plan.groupOf.length / plan.part) * (to - from),
      slice,
      params: array => (plan.indices > 1 && view[0].param ? slice(array) : array),
    });
  }
  return parts;
}
