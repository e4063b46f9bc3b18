import type {LinesPlan, Part} from './plan.js';
import type {Space} from './space.js';

type Visit = (
  addresses: number[],
  rows: number,
  width: number,
  /** The number of the first line, and of rows that came before. */
  line: number,
  done: number,
) => void;

/** Runs a kernel over all lines of a part. */
export function forLines(
  space: Space,
  plan: LinesPlan,
  part: Part,
  inputs: Float32Array[],
  outputs: Float32Array[],
  visit: Visit,
): void {
  const {width, blockSize} = plan;
  if (plan.kind === 'segment') {
    const strand = (array: Float32Array) => ({array, width});
    space.forTiles(inputs.map(strand), outputs.map(strand), (rows, addresses, done) => {
      visit(addresses, rows, width, done, 0);
    });
    return;
  }
  // What does not fill the last row is a row of its own, of the first of the block's lines.
  const rest = blockSize % width;
  for (let block = 0; block < part.blocks; block++) {
    const start = block * blockSize;
    const end = start + blockSize;
    const run = (from: number, to: number, width: number, before: number) => {
      const strand = (array: Float32Array) => ({array: array.subarray(from, to), width});
      space.forTiles(inputs.map(strand), outputs.map(strand), (rows, addresses, done) => {
        visit(addresses, rows, width, block * plan.width, before + done);
      });
    };
    run(start, end - rest, width, 0);
    if (rest > 0) run(end - rest, end, rest, (blockSize - rest) / width);
  }
}

/** The addresses of what the arrays have of a line and those behind it. */
export const at = (line: number, ...arrays: Array<Float32Array | Float64Array>): number[] =>
  arrays.map(array => array.byteOffset + line * array.BYTES_PER_ELEMENT);

/** Both kinds of lines have the same kernels. Segments ignore the last arguments of columns. */
export function kernelsOf({kernels}: Space, {kind}: LinesPlan) {
  return {
    moments: kernels[`${kind}_moments`],
    apply: kernels[`${kind}_apply`],
    gradSums: kernels[`${kind}_grad_sums`],
    gradApply: kernels[`${kind}_grad_apply`],
  };
}
