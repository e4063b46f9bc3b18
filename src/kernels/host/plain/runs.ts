import {indexTable, type NormView, type StridedAxis, withSteps} from '../../../view.js';

/** Visits a run: its first element, group and parameter, and how many elements it has. */
type VisitRun = (element: number, group: number, param: number, length: number) => void;

/**
 * How a kernel runs over a view: in stretches of adjacent elements that it loops over itself,
 * since a call for each element would cost more than the arithmetic. They have one of two forms:
 *
 *     one group     the innermost axis, if it is reduced and long enough
 *     many groups   a block of the innermost axes, with tables of its elements' groups and
 *                   parameters, relative to those of the first one
 */
export type Runs = {
  readonly oneGroup: boolean;
  /** If there is but one group: the step from one element's parameter to the next one's. */
  readonly paramStep: number;
  readonly groupOf: Int32Array;
  readonly paramOf: Int32Array;
  /** Calls `each` for every run, in memory order. */
  readonly visit: (each: VisitRun) => void;
};

const LEAST_RUN = 32;
const BLOCK = 256;

export function runsOf(view: NormView): Runs {
  const axes = withSteps(view);
  const innermost = axes[axes.length - 1];
  if (innermost.reduced && innermost.size >= LEAST_RUN) {
    const none = new Int32Array(0);
    return {
      oneGroup: true,
      paramStep: innermost.paramStep,
      groupOf: none,
      paramOf: none,
      visit: each => visitChunks(axes, innermost.size, 1, each),
    };
  }
  // Whole axes while they fit the block, then chunks of the next one.
  let chunked = axes.length - 1;
  let inner = 1;
  while (chunked > 0 && inner * axes[chunked].size <= BLOCK) inner *= axes[chunked--].size;
  const chunk = Math.min(axes[chunked].size, Math.floor(BLOCK / inner));
  const block = [{...axes[chunked], size: chunk}, ...axes.slice(chunked + 1)];
  return {
    oneGroup: false,
    paramStep: 0,
    groupOf: indexTable(block, 'groupStep'),
    paramOf: indexTable(block, 'paramStep'),
    visit: each => visitChunks(axes.slice(0, chunked + 1), chunk, inner, each),
  };
}

/** Visits the last of `axes` in chunks of its coordinates, each of `inner` elements. */
function visitChunks(
  axes: readonly StridedAxis[],
  chunk: number,
  inner: number,
  each: VisitRun,
): void {
  let element = 0;
  function visitAxis(a: number, group: number, param: number): void {
    const {size, groupStep, paramStep} = axes[a];
    const step = a === axes.length - 1 ? chunk : 1;
    for (let c = 0; c < size; c += step) {
      const g = group + c * groupStep;
      const p = param + c * paramStep;
      if (a < axes.length - 1) {
        visitAxis(a + 1, g, p);
      } else {
        const length = Math.min(chunk, size - c) * inner;
        each(element, g, p, length);
        element += length;
      }
    }
  }
  visitAxis(0, 0, 0);
}
