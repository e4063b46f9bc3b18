/** What the suites of all backends do not see of the native ops. */
import {resolve} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {
  asAttrMap,
  FusedNormalize,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
} from '../../../src/kernels/contract.js';
import {loadAddon} from '../../../src/kernels/backends/tensorflow/native/addon.js';
import {planTensor} from '../../../src/kernels/backends/tensorflow/native/plan.js';
import type {NodeBackend} from '../../../src/kernels/backends/tensorflow/tensorflow.js';
import * as tfn from '../../../src/index.js';
import {viewOf} from '../../../src/view.js';
import '../../backends.js';
import {expectClose} from '../../close.js';
import {normalize64, normalizeGrad64} from '../../float64.js';
import {L1, MOMENTS} from '../../../src/statistic.js';
import {random} from '../../random.js';

const {addon, cores} = loadAddon();
afterEach(() => addon.threads(cores));

test('they are what runs', () => {
  expect(tfn.backendInfo()).toEqual({backend: 'tensorflow', path: 'native'});
  const {sharedObjects} = process.report.getReport() as {sharedObjects: string[]};
  const prebuilt = resolve(`native/prebuilt/${process.platform}-${process.arch}.node`);
  expect(sharedObjects).toContain(process.env['TFN_ADDON'] ?? prebuilt);
});

// arm64 adds the parts of a vector in another order, and sanitizers leave no vectors. A short segment
// that begins far off its mean shows it.
const FORWARD = process.arch === 'x64' && process.env['TFN_ADDON'] == null ? 2e-6 : 4e-6;

// Each more than what is shared among threads, and uneven.
const SHARED: Array<[string, number[], number[], number[]]> = [
  ['rows', [257, 300], [1], [1]],
  ['rows without parameters', [257, 300], [1], []],
  ['columns', [1543, 48], [0], [1]],
  ['narrow columns', [16001, 5], [0], [1]],
  ['one long row', [70001], [0], []],
  ['columns of many images', [31, 40, 64], [1], [2]],
  ['columns of two images', [2, 700, 64], [1], [2]],
  ['groups of columns', [9, 130, 8, 8], [1, 3], [2, 3]],
  ['segments', [7, 13, 900], [0, 2], [1]],
  ['segments of images', [11, 13, 600], [2], [1]],
  ['groups of segments', [3, 8, 5, 700], [2, 3], [1, 2]],
  ['short segments', [90, 99, 9], [2], [1]],
  ['an axis of images with parameters', [37, 50, 40], [1], [0, 2]],
];

describe.each([
  ['moments', MOMENTS],
  ['l1', L1],
])('%s', (_, statistic) => {
  test.each(SHARED)('%s do not depend on the number of threads', (_, shape, reduced, params) => {
    const problem = {shape, reduced, params, statistic, epsilon: 1e-3};
    const attrs = asAttrMap({view: viewOf(shape, reduced, params), statistic, epsilon: 1e-3});
    const size = shape.reduce((a, b) => a * b, 1);
    const count = params.reduce((n, axis) => n * shape[axis], 1);
    const [$x, $dy] = [random(size, 1, 1, 2), random(size, 2)];
    const [$gamma, $beta] = [random(count, 3, 1, 0.5), random(count, 4)];
    const {y} = normalize64($x, $gamma, $beta, problem);
    const truth = normalizeGrad64($dy, $x, $gamma, $beta, problem);
    for (const threads of [1, 3, 64]) {
      addon.threads(threads);
      tf.tidy(() => {
        const [x, dy] = [$x, $dy].map(t => tf.tensor(t, shape));
        const [gamma, beta] = [$gamma, $beta].map(t => tf.tensor(t));
        const run = (kernel: string, inputs: tf.NamedTensorMap) =>
          tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(kernel, inputs, attrs);
        const [found, stats] = run(FusedNormalize, {x, gamma, beta}) as tf.Tensor[];
        expectClose(found, y, FORWARD);
        const inputs = {dy, x, gamma, stats, dstats: tf.zerosLike(stats)};
        const [dx, both] = run(FusedNormalizeGrads, inputs) as tf.Tensor[];
        expectClose(dx, truth.dx, 1e-5);
        // A sum of random signs, of as many terms as a parameter has elements.
        const scale = Math.sqrt(size / count);
        for (const dparams of [both, run(FusedNormalizeParamGrad, {dy, x, stats}) as tf.Tensor]) {
          const sums = dparams.dataSync();
          [...truth.dgamma, ...truth.dbeta].forEach((d, i) => {
            expect(Math.abs(sums[i] - d)).toBeLessThan(1e-5 * Math.max(scale, Math.abs(d)));
          });
        }
      });
    }
  });
});

const GIVEN = [0.5, 2].map(value => tf.fill([64], value));
// Over the rows or images, which are repeated so that what they become is stored past the caches
// (native/stream.h).
test.each<[string, number[], (x: tf.Tensor) => tf.Tensor]>([
  [
    'rows',
    [700, 768],
    x => tfn.layerNorm(x, {gamma: tf.linspace(1, 2, 768), beta: tf.ones([768])}),
  ],
  ['rows without parameters', [700, 768], x => tfn.l2Normalize(x)],
  ['rows of absolute values', [700, 768], x => tfn.l1Normalize(x)],
  ['columns', [4099, 64], x => tfn.batchNorm(x).y],
  ['columns of given statistics', [4099, 64], x => tfn.batchNormInference(x, GIVEN[0], GIVEN[1])],
  ['segments', [5, 64, 1000], x => tfn.instanceNorm(x, {axis: 1})],
  [
    'segments of given statistics',
    [5, 64, 1000],
    x => tfn.batchNormInference(x, GIVEN[0], GIVEN[1], {axis: 1}),
  ],
])('%s over and over are normalized as once, on any number of threads', (_, shape, normalize) => {
  const both = (x: tf.Tensor, dy: tf.Tensor) => [normalize(x), tf.grad(normalize)(x, dy)];
  const size = tf.util.sizeFromShape(shape);
  const times = [Math.ceil(2 ** 21 / size), ...shape.slice(1).map(() => 1)];
  tf.tidy(() => {
    const [x, dy] = [1, 2].map(seed => tf.tensor(random(size, seed, 1, 2), shape));
    const once = both(x, dy);
    for (const threads of [1, 3]) {
      addon.threads(threads);
      const often = both(tf.tile(x, times), tf.tile(dy, times));
      often.forEach((t, i) => {
        const expected = tf.tile(once[i], times);
        const off = tf.div(tf.abs(tf.sub(t, expected)), tf.maximum(1, tf.abs(expected)));
        expect(tf.max(off).dataSync()[0]).toBeLessThan([2e-6, 1e-5][i]);
      });
    }
  });
});

test('norms of zero stay with the native ops, and of what is next to nothing are not zero', () => {
  const execute = jest.spyOn(backend(), 'executeMultipleOutputs');
  // As in run_in_tiles.test.ts: opposite signs, of which partial sums are zero as well.
  const column = (tiny: number) =>
    Array.from({length: 50}, (_, i) => (i < 2 ? 0 : tiny * (-1) ** i));
  tf.tidy(() => {
    const columns = [random(50, 1), column(0), column(1e-30)].map(values => tf.tensor1d(values));
    const zero = tf.stack([columns[0], columns[1], ...Array<tf.Tensor1D>(128).fill(columns[0])], 1);
    const y = tfn.l2Normalize(zero, {axis: 0, epsilon: 0});
    expect(execute.mock.calls.map(([op]) => op)).toEqual(['TfnNormalizeV1']);
    expect(tf.slice(y, [0, 1], [50, 1]).dataSync()).toEqual(new Float32Array(50));
    const tiny = tf.stack([columns[0], columns[2], ...Array<tf.Tensor1D>(128).fill(columns[0])], 1);
    const found = tf.slice(tfn.l2Normalize(tiny, {axis: 0, epsilon: 0}), [0, 1], [50, 1]);
    expectClose(found, column(1 / Math.sqrt(48)), 2e-6);
  });
  execute.mockRestore();
});

const backend = () => tf.backend() as unknown as NodeBackend;
const execute = (plan: Int32Array, x: tf.Tensor, gamma: tf.Tensor) => {
  const {TF_ATTR_INT, TF_ATTR_FLOAT} = backend().binding;
  const attrs = [
    {name: 'statistic', type: TF_ATTR_INT, value: 7},
    {name: 'epsilon', type: TF_ATTR_FLOAT, value: 1e-3},
  ];
  const inputs = [x, gamma, tf.zerosLike(gamma), tf.tensor1d(plan)];
  return tf.tidy(() => backend().executeMultipleOutputs('TfnNormalizeV1', attrs, inputs, 2));
};

function messageOf(f: () => tf.Tensor[]): string {
  try {
    tf.dispose(f());
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

test('a plan that does not fit the tensors is refused', () => {
  const view = viewOf([4, 6, 5], [1], [2]);
  const plan = planTensor(view, FusedNormalize)!;
  const call = (plan: Int32Array, shape = [4, 6, 5]) => tf.tidy(() => execute(plan, tf.ones(shape), tf.ones([5]))); // prettier-ignore
  expect(() => call(plan)).not.toThrow();
  expect(() => call(plan, [4, 6, 4])).toThrow('the plan does not fit x');
  expect(() => call(plan.slice(0, 5))).toThrow('the plan does not fit x');
  expect(() => call(plan.slice(0, -2))).toThrow('the plan does not fit x');
  // Nothing is read or written beyond the tensors, whatever else they say.
  const messages: string[] = [];
  for (const i of [...Array(12).keys(), plan.length - 1]) {
    for (const value of [-1, 0, 1e9]) {
      const changed = plan.slice();
      changed[i] = value;
      messages.push(messageOf(() => call(changed)));
    }
  }
  expect(messages.filter(message => !/^$|fit/.test(message))).toEqual([]);
});

test('10,000 calls, failing ones among them, keep tensors, handles and memory flat', () => {
  tf.env().set('IS_TEST', false);
  const {stackTraceLimit} = Error;
  Error.stackTraceLimit = 0;
  const x = tf.tensor(random(96 * 160, 1), [96, 160]);
  const params = [tf.ones([160]), tf.zeros([160])] as const;
  const dy = tf.onesLike(x);
  const bad = Int32Array.of(0, 160, 95, 160, 0, 0, 1, 1, 0);
  const step = () =>
    tf.tidy(() => {
      tf.grads((...[x, gamma, beta]: tf.Tensor[]) => tfn.layerNorm(x, {gamma, beta}))([x, ...params], dy); // prettier-ignore
      tfn.batchNorm(x);
      expect(() => execute(bad, x, params[0])).toThrow('fit');
    });
  const held = () => ({
    tensors: tf.memory().numTensors,
    handles: (tf.backend() as unknown as {getNumOfTFTensors(): number}).getNumOfTFTensors(),
  });
  for (let i = 0; i < 500; i++) step();
  const [before, resident] = [held(), process.memoryUsage.rss()];
  // Forward, backward, another forward and a failure each.
  for (let i = 0; i < 2500; i++) step();
  expect(held()).toEqual(before);
  // A leak of the smallest output, of 10,000, would be 6 MB; of scratch or of y, 60 to 600 MB.
  expect(process.memoryUsage.rss() - resident).toBeLessThan(5e7);
  tf.env().set('IS_TEST', true);
  Error.stackTraceLimit = stackTraceLimit;
  tf.dispose([x, dy, ...params]);
}, 120_000);
