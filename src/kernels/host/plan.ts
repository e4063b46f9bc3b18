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
   * Groups do not span the first axis where it is kept, nor then the second one. Of the last of
   * these, so many of its `indices` are planned for, one part of them after the other, that `x` is
   * still in the cache when it is needed again. `outer` is the number of indices before it.
   */
  readonly outer: number;
  readonly indices: number;
  readonly part: number;
  /** How many parameters an index is from the next, of the two axes. */
  readonly outerParams: number;
  readonly indexParams: number;
};

/** Shorter lines cost more in the steps between the kernels than they gain. */
const LEAST_COLUMN = 8;
const LEAST_SEGMENT = 16;
/** A longer one would not fit the tile, and is a matrix of one column. */
const LONGEST_SEGMENT = 2 ** 14;
/** Elements: 256 KiB. */
const PART = 2 ** 16;

/** `short`: lines of any length, as native/ takes them. */
export function planLines(view: NormView, short = false): LinesPlan | null {
  const last = view.length - 1;
  const isRun = view.map(axis => axis.reduced && !axis.param);
  const earlier = isRun.slice(0, last).lastIndexOf(true);
  const isLong = isRun[last] && view[last].size >= (short && earlier < 0 ? 1 : LEAST_SEGMENT);
  const along = isLong ? last : earlier;
  const segments = isLong && view[last].size <= LONGEST_SEGMENT;
  if (along < 0 || view[along].size < (short ? 1 : LEAST_COLUMN)) return null;

  const axes = withSteps(view);
  const parted = partedAxis(view);
  const outer = viewSize(view.slice(0, Math.max(0, parted)));
  const indices = parted < 0 ? 1 : view[parted].size;
  const part = Math.min(indices, Math.ceil(PART / (viewSize(view) / (outer * indices))));
  const before = axes.slice(Math.max(0, parted), along);
  if (parted >= 0) before[0] = {...before[0], size: part};
  const outerParams = parted === 1 ? axes[0].paramStep : 0;
  const indexParams = parted < 0 ? 0 : axes[parted].paramStep;
  const blocks = viewSize(before);
  const blockSize = viewSize(view.slice(along));

  const fold = segments ? 1 : foldOf(view[along].size, blockSize / view[along].size);
  const lines = segments
    ? before
    : [...before, {...axes[along], size: fold}, ...axes.slice(along + 1)];
  return {
    ...{kind: segments ? 'segment' : 'column', blocks, blockSize, outer, indices, part},
    ...{outerParams, indexParams},
    width: segments ? blockSize : (fold * blockSize) / view[along].size,
    groupOf: indexTable(lines, 'groupStep'),
    paramOf: indexTable(lines, 'paramStep'),
  };
}

/** The first axis, or the second one where an index of the first is too large for a part; else -1. */
function partedAxis(view: NormView): -1 | 0 | 1 {
  if (view[0].reduced) return -1;
  return viewSize(view.slice(1)) > PART && !view[1].reduced ? 1 : 0;
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

export function partsOf(plan: LinesPlan): Part[] {
  const {outer, indices, part} = plan;
  const parts: Part[] = [];
  for (let i = 0; i < outer; i++) {
    for (let from = 0; from < indices; from += part) {
      const count = Math.min(part, indices - from);
      const start = i * indices + from;
      parts.push({
        blocks: (plan.blocks / part) * count,
        lines: (plan.groupOf.length / part) * count,
        slice: array => {
          const step = array.length / (outer * indices);
          return array.subarray(step * start, step * (start + count));
        },
        params: array =>
          array.subarray(i * plan.outerParams + from * plan.indexParams) as typeof array,
      });
    }
  }
  return parts;
}
