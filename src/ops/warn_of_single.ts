import {backend_util} from '@tensorflow/tfjs-core';
import {showShape} from '../show.js';

/** The ops that have said so. */
const warned = new Set<string>();

/**
 * Says once for each op that its statistics are those of single values: it then takes all of `x` away.
 * PyTorch refuses such a batch.
 *
 * @param sizes Those of the axes over which the statistics are taken.
 */
export function warnOfSingle(op: string, x: readonly number[], sizes: readonly number[]): void {
  if (sizes.some(size => size !== 1) || x.includes(0) || warned.has(op)) return;
  warned.add(op);
  backend_util.warn(
    `${op}: each mean is that of one value, since x has the shape ${showShape(x)}, ` +
      `so that the result is 0, or beta, whatever x is.`,
  );
}
