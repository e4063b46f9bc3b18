/**
 * The result of a sample does not depend on the others: not on their number, nor on its place among them.
 * Bit for bit, as docs/numerics.md says where.
 */
import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  type AttrsOf,
  FusedNormalize,
  FusedNormalizeGrad,
  type KernelName,
} from '../../src/kernels/contract.js';
import type {Statistic} from '../../src/statistic.js';
import {paramCount, viewOf} from '../../src/view.js';
import {assertSame} from '../close.js';
import {type NormCase, STATISTICS} from '../norm_cases.js';
import {random} from '../random.js';
import {type Case, tidyCase} from './case.js';

/** Without the first axis, that of samples. */
type Sample = Omit<NormCase, 'reduced' | 'params'> & {
  reduced: number[];
  params: number[];
  /** Whether a residual is added before. */
  adds?: boolean;
};

/** Axes count from 1 on, since 0 is that of the samples. For each family of loops there are some. */
const SAMPLES: Sample[] = [
  ...[1, 2, 3, 7, 32, 33, 64, 255, 1000, 5001].map(n => ({
    ...{name: `rows of ${n}`, shape: [n]},
    ...{reduced: [1], params: [1]},
  })),
  ...[33, 1000].map(n => ({
    ...{name: `rows of ${n} of a sum, activated`, shape: [n], reduced: [1], params: [1]},
    ...{activation: 'gelu' as const, adds: true},
  })),
  {
    ...{name: 'instance norm of a sum, activated', shape: [900, 5], reduced: [1], params: [2]},
    ...{activation: 'silu', adds: true},
  },
  {name: 'rows without parameters', shape: [33], reduced: [1], params: []},
  {name: 'long rows without parameters', shape: [1030], reduced: [1], params: []},
  {name: 'rows beyond all segments', shape: [20_000], reduced: [1], params: []},
  {name: 'group norm of vectors', shape: [4, 9], reduced: [2], params: [1, 2]},
  {name: 'group norm of sequences', shape: [7, 3, 20], reduced: [3], params: [2, 3]},
  {name: 'group norm, channels last', shape: [49, 4, 6], reduced: [1, 3], params: [2, 3]},
  {name: 'group norm, channels first', shape: [3, 5, 31], reduced: [2, 3], params: [1, 2]},
  {name: 'group norm of large maps', shape: [3, 5, 1700], reduced: [2, 3], params: [1, 2]},
  {name: 'layer norm over channels first', shape: [13, 30], reduced: [1], params: [1]},
  {name: 'layer norm over axes apart', shape: [13, 5, 10], reduced: [1, 3], params: [1, 3]},
  {name: 'instance norm, channels last', shape: [900, 5], reduced: [1], params: [2]},
  {name: 'instance norm of large maps', shape: [3000, 24], reduced: [1], params: [2]},
  {name: 'instance norm, channels first', shape: [5, 300], reduced: [2], params: [1]},
];
const MOST = 4096;
/** Elements, so that the larger samples come in smaller batches. */
const LARGEST = 2 ** 18;
const [X, DY] = [1, 4].map(seed => random(LARGEST, seed));

/** y and dx of a batch, and dgamma and dbeta. */
function run(
  {shape, reduced, params, activation, adds}: Sample,
  statistic: Statistic,
  x: tf.Tensor,
  dy: tf.Tensor,
) {
  const view = viewOf(shape, reduced, params);
  const attrs = {view, statistic, epsilon: 1e-3, activation};
  const call = <Name extends KernelName>(
    name: Name,
    inputs: tf.NamedTensorMap,
    attrs: AttrsOf[Name],
  ) => tf.engine().runKernel<tf.Tensor[]>(name, inputs, asAttrMap(attrs));
  const [gamma, beta] = [2, 3].map(seed => tf.tensor(random(paramCount(view), seed, 1)));
  const forward = {...attrs, withStats: true, momentsShape: null, momentum: 0};
  const [y, stats, sum = x] = call(
    FusedNormalize,
    {x, gamma, beta, ...(adds && {residual: dy})},
    {...forward, ...(adds && {alpha: 0.7})},
  );
  const others = {...(activation && {beta}), ...(adds && {dsum: x})};
  const wanted = {dx: true, dparams: true};
  const gradients = call(
    FusedNormalizeGrad,
    {dy, x: sum, gamma, stats, ...others},
    {...attrs, wanted},
  );
  return [y, ...gradients];
}

/** The first sample alone, in batches of some sizes, and at some places. */
async function sameInAnyBatch(sample: Sample, statistic: Statistic) {
  const size = sample.shape.reduce((a, b) => a * b, 1);
  const most = Math.min(MOST, Math.floor(LARGEST / size));
  // Samples of zeros are among the others, and rows whose squares fit no float32. Elsewhere one of these takes
  // the whole batch to double precision.
  const huge = sample.shape.length === 1 && size < 20_000 ? 1e17 : 1;
  const odd = X.map((value, i) => value * [1, 1, 0, 1, huge][Math.floor(i / size) % 5]);
  const batch = async (from: number, count: number) => {
    const problem = {...sample, shape: [count, ...sample.shape]};
    const [x, dy] = [odd, DY].map(all =>
      tf.tensor(all.subarray(from * size, (from + count) * size), problem.shape),
    );
    const [y, dx] = run(problem, statistic, x, dy);
    return Promise.all([y.data(), dx.data()]);
  };
  const all = await batch(0, most);
  for (const count of [1, 2, 3, 4, 5, 8, 31, 257, most - 1]) {
    for (const from of [0, 1, 2, most - count]) {
      if (from < 0 || count < 1 || from + count > most) continue;
      const some = await batch(from, count);
      const expected = all.map(array => array.subarray(from * size, (from + count) * size));
      assertSame(`y of ${count} samples from ${from} on`, some[0], expected[0]);
      assertSame(`dx of ${count} samples from ${from} on`, some[1], expected[1]);
    }
  }
}

/** All results of one batch, again and again. */
async function sameInEveryRun(sample: Sample, statistic: Statistic) {
  const size = sample.shape.reduce((a, b) => a * b, 1);
  const problem = {...sample, shape: [Math.max(2, Math.floor(2 ** 17 / size)), ...sample.shape]};
  const count = size * problem.shape[0];
  const [x, dy] = [X, DY].map(all => tf.tensor(all.subarray(0, count), problem.shape));
  const once = await Promise.all(run(problem, statistic, x, dy).map(t => t.data()));
  for (let again = 0; again < 3; again++) {
    const results = await Promise.all(run(problem, statistic, x, dy).map(t => t.data()));
    results.forEach((values, i) => assertSame(['y', 'dx', 'dgamma', 'dbeta'][i], values, once[i]));
  }
}

/** Two statistics, which take all kinds of sums. */
export const determinismCases = (): Case[] =>
  STATISTICS.filter(([name]) => ['moments', 'l1'].includes(name)).flatMap(([name, statistic]) =>
    SAMPLES.flatMap(sample => [
      tidyCase(`${name}: ${sample.name} are the same in any batch`, () =>
        sameInAnyBatch(sample, statistic),
      ),
      tidyCase(`${name}: ${sample.name} are the same in every run`, () =>
        sameInEveryRun(sample, statistic),
      ),
    ]),
  );
