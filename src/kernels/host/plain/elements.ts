import {indexTable, type NormView, withSteps} from '../../../view.js';

/**
 * Loops over the elements from `i` to `end`. The group and the parameter of the j-th of them are
 * `group + groupOf[j]` and `param + paramOf[j]`.
 */
type Loop = (
  i: number,
  end: number,
  group: number,
  param: number,
  groupOf: Int32Array,
  paramOf: Int32Array,
) => void;

/** How many elements share tables of their groups and parameters. */
const BLOCK = 256;

/**
 * Visits all elements of a view in memory order, block by block: a call for each element would cost
 * more than the arithmetic. A block is whole innermost axes, and a stretch of the next one.
 */
export function forElements(view: NormView, loop: Loop): void {
  const axes = withSteps(view);
  let chunked = axes.length - 1;
  let inner = 1;
  while (chunked > 0 && inner * axes[chunked].size <= BLOCK) inner *= axes[chunked--].size;
  const chunk = Math.min(axes[chunked].size, Math.max(1, Math.floor(BLOCK / inner)));
  const block = [{...axes[chunked], size: chunk}, ...axes.slice(chunked + 1)];
  const groupOf = indexTable(block, 'groupStep');
  const paramOf = indexTable(block, 'paramStep');

  let element = 0;
  function visitAxis(a: number, group: number, param: number): void {
    const {size, groupStep, paramStep} = axes[a];
    const step = a === chunked ? chunk : 1;
    for (let c = 0; c < size; c += step) {
      const g = group + c * groupStep;
      const p = param + c * paramStep;
      if (a < chunked) {
        visitAxis(a + 1, g, p);
      } else {
        const end = element + Math.min(chunk, size - c) * inner;
        loop(element, end, g, p, groupOf, paramOf);
        element = end;
      }
    }
  }
  visitAxis(0, 0, 0);
}
