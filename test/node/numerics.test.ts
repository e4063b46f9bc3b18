/** What TensorFlow's own sums in plain float32 would lose. */
import * as tf from '@tensorflow/tfjs';
import {fusedBatchNorm} from '../../bench/tensorflow.js';
import * as tfn from '../../src/index.js';
import {MOMENTS} from '../../src/statistic.js';
import '../backends.js';
import {expectClose, relativeError} from '../close.js';
import {normalize64} from '../float64.js';
import {random} from '../random.js';
import {kernelsOn} from './kernels.js';

const FORWARD = 1e-5;
const GRADIENT = 1e-5;

/** The largest error of one column of `batchNorm` and its gradient, relative to their rms. */
function errors(rows: number, mean: number, dyMean: number) {
  return tf.tidy(() => {
    const epsilon = 1e-5;
    const x = tf.tensor(random(2 * rows, 1, mean, 1), [rows, 2]);
    const dy = tf.tensor(random(2 * rows, 2, dyMean, 1), [rows, 2]);
    const y = tfn.batchNorm(x, {epsilon}).y.dataSync();
    const dx = tf
      .grad(x => tfn.batchNorm(x, {epsilon}).y)(x, dy)
      .dataSync();
    const layer = tf.layers.batchNormalization({epsilon});
    layer.build([null, 2]);
    const theirs = tf.tidy(() => (layer.call(x, {training: true}) as tf.Tensor).dataSync());

    const column = (t: tf.Tensor) => Float64Array.from(t.dataSync().filter((_, i) => i % 2 === 0));
    const average = (values: Float64Array) => values.reduce((a, b) => a + b) / rows;
    const [$x, $dy] = [x, dy].map(column);
    const m = average($x);
    const rstd = 1 / Math.sqrt(average($x.map(v => (v - m) ** 2)) + epsilon);
    const xhat = $x.map(v => (v - m) * rstd);
    const [sum, along] = [average($dy), average($dy.map((d, i) => d * xhat[i]))];
    const truth = xhat.map((v, i) => rstd * ($dy[i] - sum - v * along));
    const worst = (found: ArrayLike<number>, wanted: Float64Array) =>
      wanted.reduce((most, v, i) => Math.max(most, Math.abs(found[2 * i] - v)), 0);
    return {y: worst(y, xhat), theirs: worst(theirs, xhat), dx: worst(dx, truth)};
  });
}

test.each([
  [100_352, 0],
  [802_816, 0],
  [100_352, 100],
  [100_352, 1e4],
])(
  '%d rows at mean %d keep their digits, and more than in tfjs',
  (rows, mean) => {
    const {y, dx, theirs} = errors(rows, mean, 0);
    expect(y).toBeLessThan(FORWARD);
    expect(y).toBeLessThan(theirs);
    expect(dx).toBeLessThan(GRADIENT);
  },
  120_000,
);

test.each([4096, 100_352, 802_816])(
  '%d rows keep the gradient of a mean',
  rows => {
    expect(errors(rows, 0, 1).dx).toBeLessThan(2 * GRADIENT);
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
