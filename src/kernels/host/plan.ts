import {FusedNormalizeGiven, type KernelName} from '../contract.js';
import {
  groupCount,
  groupSize,
  indexTable,
  type NormView,
  paramCount,
  type StridedAxis,
  viewSize,
  withSteps,
} from '../../view.js';

/** The families of loops, in the order of native/plan.h; docs/kernels.md says which layouts they take. */
export const FAMILIES = [
  ...['long rows', 'short rows', 'copied rows', 'lanes', 'copied lanes', 'columns', 'segments'],
] as const;

/**
 * How the loops take a view, as native/plan.h has it: a head, and the tables of its family.
 *
 * `FusedNormalizeGiven` takes each element by itself, so its view falls into lines, whatever is reduced.
 */
export function planOf(view: NormView, name: KernelName): Int32Array {
  if (name === FusedNormalizeGiven) {
    // A vector of channels is a matrix of one row.
    const hasRun = view.some(axis => axis.reduced);
    return planLines(hasRun ? view : [{size: 1, reduced: true, param: false}, ...view]);
  }
  return inGroups(view) ? planGroups(view) : planLines(view);
}

/** Whether the loops of a plan multiply by a gate. */
export const takesGate = ([family]: Int32Array): boolean =>
  FAMILIES[family] === 'long rows' || FAMILIES[family] === 'short rows';

/** Rows that are no longer than this are taken four at a time. */
const LONGEST_SHORT_ROW = 255;

/**
 * Whether each group is taken by itself: where there is no axis to make lines of, which must have no
 * parameter, and in rows, unless they are so long that segments, which are read far apart, are faster.
 */
function inGroups(view: NormView): boolean {
  const reduced = view.filter(axis => axis.reduced);
  if (reduced.every(axis => axis.param)) return true;
  const {size} = view[view.length - 1];
  if (reduced.length > 1 || !view[view.length - 1].reduced) return false;
  const hasParams = view.some(axis => axis.param);
  return size <= (hasParams ? LONGEST_SHORT_ROW : LONGEST_SEGMENT);
}

/** An axis of `x`, and how far one index along it leads in `x` and in `gamma`. */
type GroupAxis = {size: number; reduced: boolean; step: number; paramStep: number};

function planGroups(view: NormView): Int32Array {
  let step = viewSize(view);
  const axes: GroupAxis[] = withSteps(view).map(axis => ({...axis, step: (step /= axis.size)}));
  const kept = axes.filter(axis => !axis.reduced);
  const reduced = axes.filter(axis => axis.reduced);
  // Each element is a group.
  if (reduced.length === 0) reduced.push({size: 1, reduced: true, step: 1, paramStep: 0});
  const head = [familyOf(kept, reduced), groupSize(view), groupCount(view), paramCount(view)];
  // Groups do not span the axes that are kept before the first other one.
  const first = view.findIndex(axis => axis.reduced);
  const blocks = viewSize(first < 0 ? view : view.slice(0, first));
  return Int32Array.from([
    ...[...head, blocks, viewSize(view) / blocks, kept.length, 1, 1, 0, 0],
    ...[...kept, ...reduced].flatMap(({size, step, paramStep}) => [size, step, paramStep]),
  ]);
}

function familyOf(kept: GroupAxis[], reduced: GroupAxis[]): number {
  const [{size, step}] = reduced;
  if (reduced.length > 1) {
    return FAMILIES.indexOf(
      reduced[reduced.length - 1].step === 1 && isDense(reduced) ? 'copied rows' : 'copied lanes',
    );
  }
  if (step > 1 && kept[kept.length - 1].step === 1) return FAMILIES.indexOf('lanes');
  return FAMILIES.indexOf(size <= LONGEST_SHORT_ROW ? 'short rows' : 'long rows');
}

/** Whether the elements of a group have parameters that follow one another. */
const isDense = (reduced: GroupAxis[]): boolean =>
  reduced.every(
    ({paramStep}, i) => paramStep === reduced.slice(i + 1).reduce((n, {size}) => n * size, 1),
  );

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
function planLines(view: NormView): Int32Array {
  const last = view.length - 1;
  const isRun = view.map(axis => axis.reduced && !axis.param);
  const earlier = isRun.slice(0, last).lastIndexOf(true);
  const isLong = isRun[last] && view[last].size >= (earlier < 0 ? 1 : LEAST_SEGMENT);
  const along = isLong ? last : earlier;
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
    ...[FAMILIES.indexOf(inSegments ? 'segments' : 'columns'), width],
    ...[groupCount(view), paramCount(view)],
    ...[viewSize(before), blockSize, indices, outer, part, outerParams, indexParams],
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
