import {FusedNormalizeGiven, type KernelName} from '../contract.js';
import {
  groupCount,
  indexTable,
  type NormView,
  paramCount,
  type StridedAxis,
  viewSize,
  withSteps,
} from '../../view.js';

/** The families of loops, in the order of native/plan.h; docs/kernels.md describes them. */
const [IN_ROWS, IN_COLUMNS, IN_SEGMENTS] = [0, 1, 2];

/**
 * How the loops take a view, as native/plan.h has it: a head, and for each line its group and its
 * parameter. `null` for a layout for which there is no fast loop.
 *
 * `dparams` says that the gradients of the parameters are wanted.
 */
export function planOf(view: NormView, name: KernelName, dparams: boolean): Int32Array | null {
  if (name === FusedNormalizeGiven && !view.some(axis => axis.reduced)) {
    // A vector of channels is a matrix of one row.
    return planLines([{size: 1, reduced: true, param: false}, ...view]);
  }
  const n = name === FusedNormalizeGiven ? null : rowLength(view, dparams);
  return n == null ? planLines(view) : planRows(view, n);
}

/**
 * The length of the rows, where each group is one: adjacent elements with a parameter each, or with
 * one for all of them. The gradient of a single parameter is summed in lines.
 */
function rowLength(view: NormView, dparams: boolean): number | null {
  const row = view[view.length - 1];
  if (!row.reduced || view.slice(0, -1).some(axis => axis.reduced || axis.param)) return null;
  return row.param || (!dparams && row.size <= LONGEST_SEGMENT) ? row.size : null;
}

const planRows = (view: NormView, n: number): Int32Array =>
  Int32Array.of(IN_ROWS, n, groupCount(view), paramCount(view), 0, 0, 1, 1, 1, 0, 0);

/** A column that is shorter than this is not folded into two. */
const LEAST_COLUMN = 8;
/** Shorter runs of elements are no segments, where there are columns. */
const LEAST_SEGMENT = 16;
/** A longer one would not fit the tile, and is a matrix of one column. */
const LONGEST_SEGMENT = 2 ** 14;
/** Elements: 256 KiB. */
const PART = 2 ** 16;

/**
 * The elements fall into *lines* of one group and one parameter each: the columns of matrices, or
 * segments, which are rows of adjacent elements. Blocks of them follow one another.
 *
 * Groups do not span the first axis where it is kept, nor then the second one. The last of these is
 * taken in parts, one after the other, so that `x` is still in the cache when it is needed again.
 */
function planLines(view: NormView): Int32Array | null {
  const last = view.length - 1;
  const isRun = view.map(axis => axis.reduced && !axis.param);
  const earlier = isRun.slice(0, last).lastIndexOf(true);
  const isLong = isRun[last] && view[last].size >= (earlier < 0 ? 1 : LEAST_SEGMENT);
  const along = isLong ? last : earlier;
  if (along < 0) return null;
  const inSegments = isLong && view[last].size <= LONGEST_SEGMENT;

  const axes = withSteps(view);
  const parted = partedAxis(view);
  const outer = viewSize(view.slice(0, Math.max(0, parted)));
  const indices = parted < 0 ? 1 : view[parted].size;
  const part = Math.min(indices, Math.ceil(PART / (viewSize(view) / (outer * indices))));
  const before = axes.slice(Math.max(0, parted), along);
  if (parted >= 0) before[0] = {...before[0], size: part};
  const outerParams = parted === 1 ? axes[0].paramStep : 0;
  const indexParams = parted < 0 ? 0 : axes[parted].paramStep;
  const blockSize = viewSize(view.slice(along));

  const fold = inSegments ? 1 : foldOf(view[along].size, blockSize / view[along].size);
  const lines: StridedAxis[] = inSegments
    ? before
    : [...before, {...axes[along], size: fold}, ...axes.slice(along + 1)];
  const width = inSegments ? blockSize : (fold * blockSize) / view[along].size;
  const [groupOf, paramOf] = [indexTable(lines, 'groupStep'), indexTable(lines, 'paramStep')];
  const head = [
    ...[inSegments ? IN_SEGMENTS : IN_COLUMNS, width, groupCount(view), paramCount(view)],
    ...[viewSize(before), blockSize, outer, indices, part, outerParams, indexParams],
  ];
  const plan = new Int32Array(head.length + 2 * groupOf.length);
  plan.set(head);
  plan.set(groupOf, head.length);
  plan.set(paramOf, head.length + groupOf.length);
  return plan;
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
