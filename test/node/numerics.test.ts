/** What TensorFlow's own sums in plain float32 would lose. */
import * as tf from '@tensorflow/tfjs';
import {fusedBatchNorm} from '../../bench/tensorflow.js';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import '../backends.js';
import {expectClose, relativeError} from '../close.js';
import {normalize64, normalizeGrad64} from '../float64.js';
import {random} from '../random.js';
import {kernelsOn} from './kernels.js';

const FORWARD = 1e-5;
const GRADIENT = 1e-5;

test.each([
  [4096, 0, 1],
  [100_352, 0, 1],
  [802_816, 0, 1],
  [100_352, 100, 0],
  [100_352, 1e4, 0],
])(
  '%d rows at mean %d, and gradients at mean %d, keep their digits, and more than in tfjs',
  (rows, mean, dyMean) => {
    const problem = {shape: [rows], reduced: [0], params: [], statistic: MOMENTS, epsilon: 1e-5};
    // The other column is another problem.
    const [$x, $other, $dy] = [mean, -mean, dyMean].map((m, i) => random(rows, i + 1, m));
    const arrays = [$x, Float32Array.of(1), Float32Array.of(0)] as const;
    const {y, dx} = normalizeGrad64($dy, ...arrays, problem);
    tf.tidy(() => {
      const columns = (...arrays: Float32Array[]) =>
        tf.stack(
          arrays.map(a => tf.tensor1d(a)),
          1,
        );
      const first = (t: tf.Tensor) => tf.slice(t, [0, 0], [rows, 1]);
      const x = columns($x, $other);
      const ours = (x: tf.Tensor) => tfn.batchNorm(x, {epsilon: 1e-5}).y;
      const layer = tf.layers.batchNormalization({epsilon: 1e-5});
      layer.build([null, 2]);
      const theirs = layer.call(x, {training: true}) as tf.Tensor;
      const error = relativeError(first(ours(x)), y);
      expect(error).toBeLessThan(FORWARD);
      expect(error).toBeLessThan(relativeError(first(theirs), y));
      expectClose(first(tf.grad(ours)(x, columns($dy, $x))), dx, GRADIENT);
    });
  },
  120_000,
);

// More than an argument list can have.
test.each<[string, number[], number[], number[]]>([
  ['rows', [140_001, 4], [1], [1]],
  ['columns', [4, 140_001], [0], [1]],
  ['parameters along the lines', [2, 4, 70_001], [1], [1]],
  ['parameters of elements', [2, 140_001], [1], [1]],
])('all kernels run on %s by the hundred thousand', (_, shape, reduced, params) => {
  const problem = {shape, reduced, params, statistic: MOMENTS, epsilon: 1e-3};
  const run = kernelsOn(problem, FORWARD, GRADIENT);
  run();
});

test("4096 rows at mean 10,000 keep the digits of which TensorFlow's own op loses all but two", async () => {
  tf.engine().startScope();
  const shape = [64, 8, 8, 64];
  const x = tf.tensor(random(tf.util.sizeFromShape(shape), 1, 1e4, 1), shape);
  const [gamma, beta] = [tf.ones([64]), tf.zeros([64])];
  const {y: truth} = normalize64(x.dataSync(), gamma.dataSync(), beta.dataSync(), {
    ...{shape, reduced: [0, 1, 2], params: [3]},
    ...{statistic: MOMENTS, epsilon: 1e-3},
  });
  expectClose(tfn.batchNorm(x, {gamma, beta}).y, truth, FORWARD);
  const data = {x, dy: x, mean: beta, variance: gamma, gamma, beta};
  const {passes} = await fusedBatchNorm.bind(data, ['gamma', 'beta']);
  const [theirs] = await passes.forward!();
  expect(relativeError(theirs, truth)).toBeGreaterThan(5e-3);
  tf.engine().endScope();
});
