/** What TensorFlow's own sums in plain float32 would lose. */
import * as tf from '@tensorflow/tfjs';
import {fusedBatchNorm} from '../../bench/tensorflow.js';
import * as tfn from '../../src/index.js';
import {asAttrMap, FusedNormalize, FusedNormalizeGrads} from '../../src/kernels/contract.js';
import {MOMENTS} from '../../src/statistic.js';
import {viewOf} from '../../src/view.js';
import '../backends.js';
import {expectClose, relativeError} from '../close.js';
import {normalize64, normalizeGrad64} from '../float64.js';
import {random} from '../random.js';

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
  ['rows', [140_001, 8], [1], [1]],
  ['columns', [8, 140_001], [0], [1]],
  ['parameters along the lines', [2, 17, 70_001], [1], [1]],
  ['parameters of elements', [3, 140_001], [1], [1]],
])('%s by the hundred thousand have gradients', (_, shape, reduced, params) => {
  const problem = {shape, reduced, params, statistic: MOMENTS, epsilon: 1e-3};
  const attrs = asAttrMap({
    view: viewOf(shape, reduced, params),
    statistic: MOMENTS,
    epsilon: 1e-3,
  });
  const size = shape.reduce((a, b) => a * b);
  const count = params.reduce((n, axis) => n * shape[axis], 1);
  const [$x, $dy, $gamma] = [random(size, 1, 1), random(size, 2), random(count, 3, 1)];
  const truth = normalizeGrad64($dy, $x, $gamma, new Float32Array(count), problem);
  tf.tidy(() => {
    const [x, dy, gamma] = [tf.tensor($x, shape), tf.tensor($dy, shape), tf.tensor($gamma)];
    const run = (kernel: string, inputs: tf.NamedTensorMap) =>
      tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, inputs, attrs);
    const [, stats] = run(FusedNormalize, {x, gamma, beta: tf.zerosLike(gamma)}) as tf.Tensor[];
    const inputs = {dy, x, gamma, stats, dstats: tf.zerosLike(stats)};
    const [dx, dparams] = run(FusedNormalizeGrads, inputs) as tf.Tensor[];
    expectClose(dx, truth.dx, GRADIENT);
    expectClose(dparams, [...truth.dgamma, ...truth.dbeta], GRADIENT);
  });
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
