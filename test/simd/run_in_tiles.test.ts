/** The memory that the kernels of `cpu` get: its tile grows with a row that does not fit. */
import {ARRAY_KERNELS} from '../../src/kernels/simd/array_kernels.js';
import {runInTiles} from '../../src/kernels/simd/tiles.js';
import {MOMENTS} from '../../src/statistic.js';
import {groupCount, paramCount, viewOf} from '../../src/view.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';

const EPSILON = 1e-3;

// Odd, so that what follows the tile is no multiple of eight bytes away.
test.each<[string, number[], number[], number[]]>([
  ['long rows', [3, 10_923], [1], [1]],
  ['longer rows', [2, 65_537], [1], [1]],
  ['wide columns', [9, 12_345], [0], [1]],
  ['long segments', [2, 3, 16_383], [2], [1]],
])('%s', (_, shape, reduced, params) => {
  const attrs = {view: viewOf(shape, reduced, params), statistic: MOMENTS, epsilon: EPSILON};
  const size = shape.reduce((a, b) => a * b);
  const [gamma, beta] = [3, 4].map(seed => random(paramCount(attrs.view), seed, 1));
  const arrays = {x: random(size, 1, 1, 2), dy: random(size, 2), gamma, beta};
  const ids = {dy: arrays.dy, x: arrays.x};
  const run = (name: string, inputs: Record<string, Float32Array>) => {
    const kernel = ARRAY_KERNELS[name];
    const found = runInTiles(kernel, inputs, kernel.outputs(attrs, shape), attrs, ids)!;
    const expected = kernel.plain(inputs, attrs);
    // Sums of so many terms, relative to their root mean square.
    expected.forEach((values, i) => expectClose(found[i], values, 1e-5));
    return expected;
  };
  const [, stats] = run('FusedNormalize', arrays);
  const dstats = new Float32Array(4 * groupCount(attrs.view));
  run('FusedNormalizeParamGrad', {...arrays, stats, dstats});
  run('FusedNormalizeGrad', {...arrays, stats, dstats});
});
