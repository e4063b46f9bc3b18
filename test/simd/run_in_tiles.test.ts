/** The kernels of `cpu`: the memory that they get, and the values that they leave to plain loops. */
import * as tf from '@tensorflow/tfjs';
import '../../src/index.js';
import {asAttrMap} from '../../src/kernels/contract.js';
import {ARRAY_KERNELS} from '../../src/kernels/host/array_kernels.js';
import {runInTiles} from '../../src/kernels/host/tiles.js';
import {L1, L2, MOMENTS} from '../../src/statistic.js';
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

type Index = (i: number) => number;

describe.each<[string, number[], number[], Index, Index]>([
  ['columns', [50, 130], [0], i => i % 130, i => Math.floor(i / 130)],
  ['segments', [4, 24, 50], [0, 2], i => Math.floor(i / 50) % 24, i => i],
])('in %s, a norm of zero', (_, shape, reduced, channelOf, positionOf) => {
  const attrs = {view: viewOf(shape, reduced, []), statistic: L2, epsilon: 0};
  const kernel = ARRAY_KERNELS['FusedNormalize'];
  const run = (tiny: number) => {
    // Of opposite signs, and so that its partial sums are zero as well.
    const tinyAt = (position: number) => (position < 2 ? 0 : tiny * (-1) ** position);
    const values = random(
      shape.reduce((a, b) => a * b),
      1,
    );
    const x = values.map((v, i) => (channelOf(i) === 3 ? tinyAt(positionOf(i)) : v));
    const arrays = {x, gamma: Float32Array.of(1), beta: Float32Array.of(0)};
    const [expected] = kernel.plain(arrays, attrs);
    return {expected, found: runInTiles(kernel, arrays, kernel.outputs(attrs, shape), attrs, {})};
  };

  test('is no reason to leave the kernels', () => {
    const {expected, found} = run(0);
    expectClose(found![0], expected, 2e-6);
  });

  test('is one if the elements are not', () => {
    expect(run(1e-30).found).toBeNull();
  });
});

test.each([
  ['rows', [2, 4096], [1]],
  ['columns', [4096, 8], [0]],
])('absolute values in %s that float32 cannot sum', (_, shape, reduced) => {
  const attrs = {view: viewOf(shape, reduced, []), statistic: L1, epsilon: 1e-12};
  const x = new Float32Array(shape[0] * shape[1]).fill(1e36);
  const tensor = tf.tensor(x, shape);
  const inputs = {x: tensor, gamma: tf.ones([1]), beta: tf.zeros([1])};
  const [y] = tf.engine().runKernel<tf.Tensor[]>('FusedNormalize', inputs, asAttrMap(attrs));
  // Below 2e-38, a float32 of a reciprocal has fewer digits.
  expectClose(y, new Float32Array(x.length).fill(1 / 4096), 1e-5);
});
