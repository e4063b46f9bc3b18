/**
 * Where tfjs 4.22's `wasm` backend broadcasts wrongly. Our kernels do not; what we compose of tf ops
 * does. Where this fails, tfjs was mended, and docs/compatibility.md has to change.
 */
import * as tf from '@tensorflow/tfjs';
import '../backends.js';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {expectClose, relativeError} from '../close.js';
import {normalize64} from '../float64.js';
import {normal} from '../models.js';
import {VALUE} from './helpers.js';

const shapeOf = (rank: number) => [2, 3, 2, 3, 2, 3, 2].slice(0, rank);

// XNNPACK says so, and tfjs does not look.
beforeAll(() => void jest.spyOn(console, 'warn').mockImplementation());

async function on(backend: string, op: () => tf.Tensor): Promise<Float32Array> {
  await tf.setBackend(backend);
  return op().dataSync<'float32'>();
}

describe.each([
  {name: 'tf.mul', op: (x: tf.Tensor) => tf.mul(x, normal([x.shape[x.rank - 1]], 2))},
  {name: 'tf.sub', op: (x: tf.Tensor) => tf.sub(x, tf.mean(x, -1, true))},
  {
    name: 'layers.normalization, made of these,',
    op: (x: tf.Tensor) => {
      const ones = Array<number>(x.shape[x.rank - 1]).fill(1);
      const layer = tfn.layers.normalization({mean: ones, variance: ones});
      return layer.apply(x) as tf.Tensor;
    },
  },
])('$name on wasm', ({op}) => {
  test.each([
    {rank: 6, isRight: true},
    {rank: 7, isRight: false},
  ])('is right at rank $rank: $isRight', async ({rank, isRight}) => {
    const run = () => op(normal(shapeOf(rank), 1));
    const error = relativeError(await on('wasm', run), await on('cpu', run));
    expect(error < VALUE).toBe(isRight);
  });
});

test('a norm of our kernels is right at rank 7', async () => {
  const shape = shapeOf(7);
  const problem = {shape, reduced: [1, 3, 5], params: [], statistic: MOMENTS, epsilon: 1e-3};
  const found = await on('wasm', () => tfn.layerNorm(normal(shape, 1), {axis: [1, 3, 5]}));
  const x = tf.tidy(() => normal(shape, 1).dataSync());
  expectClose(found, normalize64(x, [1], [0], problem).y, VALUE);
});
