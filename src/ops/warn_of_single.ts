import {backend_util} from '@tensorflow/tfjs-core';
import {showShape} from '../show.js';

/** The ops that have said so. */
const warned = new Set<string>();

/**
 * Says once for each op that its statistics are those of single values: it then takes all of `x` away.
 * PyTorch refuses such a batch.
 *
 * @param shape The shape in which `reduced` are the axes over which the statistics are taken.
 * @param shown The shape of x, if that is another one.
 */
export function warnOfSingle(
  op: string,
  shape: readonly number[],
  reduced: readonly number[],
  shown = shape,
): void {
  for (const axis of reduced) if (shape[axis] !== 1) return;
  if (shape.includes(0) || warned.has(op)) return;
  warned.add(op);
  backend_util.warn(
    `${op}: each mean is that of one value, since x has the shape ${showShape(shown)}, ` +
      `so that the result is 0, or beta, whatever x is.`,
  );
}
