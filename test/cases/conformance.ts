/** Every backend's kernels must pass these: every row of the table, with every statistic. */
import * as tf from '@tensorflow/tfjs-core';
import {asAttrMap, type ForwardAttrs, FusedNormalize} from '../../src/kernels/contract.js';
import type {Statistic} from '../../src/statistic.js';
import {groupCount, viewOf} from '../../src/view.js';
import {assertClose, assertSame, rms} from '../close.js';
import {normalize64, normalizeGrad64} from '../float64.js';
import {NORM_CASES, type NormCase, STATISTICS} from '../norm_cases.js';
import {random} from '../random.js';
import {expectRight} from '../right.js';
import {type Case, onCpu, type Precision, tidyCase, withGradients} from './case.js';
import {type Normalize, problemOf} from './problem.js';

/** The kernels, and the reference that stands in for them. */
const IMPLEMENTATIONS = ['fused', 'reference'] as const;
type Implementation = (typeof IMPLEMENTATIONS)[number];

export const conformanceCases = (
  precision: Precision,
  implementations: readonly Implementation[] = IMPLEMENTATIONS,
  table: readonly NormCase[] = NORM_CASES,
): Case[] =>
  STATISTICS.flatMap(([name, statistic]) =>
    table
      .filter(c => isDefined(statistic, c) && (c.statistics?.includes(name) ?? true))
      .flatMap(c => {
        const of = (what: string, body: () => Promise<void>) =>
          tidyCase(`${name}: ${what}: ${c.name}`, body);
        return [
          ...implementations.flatMap(which => [
            of(`${which} values and gradients`, () => first(c, statistic, which, precision)),
            of(`${which} statistics`, () => statistics(c, statistic, which, precision)),
            // Nothing else hands out statistics.
            ...(statistic.center
              ? [of(`${which} gradients of moments`, () => moments(c, statistic, which, precision))]
              : []),
          ]),
          of('other outputs', () => otherOutputs(c, statistic, precision)),
          of('second order', () => secondOrder(c, statistic, precision)),
        ];
      }),
  );

/** Without epsilon, what a group of one element is divided by is 0. */
const isDefined = (statistic: Statistic, {shape, reduced, params, epsilon}: NormCase): boolean =>
  epsilon !== 0 ||
  !statistic.center ||
  viewOf(shape, reduced, params).some(axis => axis.reduced && axis.size > 1);

type Args = [c: NormCase, statistic: Statistic, which: Implementation, precision: Precision];

async function first(...[c, statistic, which, precision]: Args) {
  const {problem, values, [which]: normalize} = problemOf(c, statistic, precision);
  const flat = (t?: tf.Tensor) => tf.reshape(t!, [-1]);
  await expectRight(
    (x, {gamma, beta}) => normalize(x, flat(gamma), flat(beta))[0],
    problem,
    values,
    precision,
  );
}

async function statistics(...[c, statistic, which, precision]: Args) {
  const {problem, values, tensors, [which]: normalize} = problemOf(c, statistic, precision);
  const truth = normalize64(values.x, values.gamma, values.beta, problem).stats;
  const {x, gamma, beta} = tensors();
  const [, stats, handedMean, handedSpread] = normalize(x, gamma, beta);
  assertSame('shape of stats', stats.shape, [truth.length, 2, 2]);
  const found = await stats.data();
  const column = (i: number) => found.filter((_, at) => at % 4 === i);
  const [mean, rest, spread, rstd] = [0, 1, 2, 3].map(column);
  const of = (key: 'mean' | 'spread' | 'rstd') => truth.map(s => s[key]);
  const {forward} = precision;
  const whole = mean.map((m, g) => m + rest[g]);
  assertClose('mean', whole, of('mean'), forward, 2);
  assertClose('spread', spread, of('spread'), forward, Math.max(2, ...of('spread')));
  assertClose('rstd', rstd, of('rstd'), forward);
  assertSame('mean as handed out', await handedMean.data(), mean);
  assertSame('spread as handed out', await handedSpread.data(), spread);
}

/** The kernel where it is asked for y alone, and where it moves averages on. */
async function otherOutputs(c: NormCase, statistic: Statistic, precision: Precision) {
  const {attrs, problem, values, tensors} = problemOf(c, statistic, precision);
  const {y, stats} = normalize64(values.x, values.gamma, values.beta, problem);
  const {x, gamma, beta} = tensors();
  const run = (moving: tf.NamedTensorMap, others: object) => {
    const all: ForwardAttrs = {...attrs, withStats: false, ...others};
    const inputs = {x, gamma, beta, ...moving};
    return tf.engine().runKernel<tf.Tensor[]>(FusedNormalize, inputs, asAttrMap(all));
  };
  const {forward, store} = precision;
  const alone = run({}, {momentsShape: null});
  assertSame('outputs', [alone.length], [1]);
  assertClose('y', await alone[0].data(), y, forward);
  const before = [6, 7].map(seed => store(random(stats.length, seed)));
  const [movingMean, movingSpread] = before.map(values => tf.tensor(values));
  const [, ...after] = run({movingMean, movingSpread}, {momentum: 0.9});
  for (const [i, key] of (['mean', 'spread'] as const).entries()) {
    const moved = stats.map((s, g) => 0.9 * before[i][g] + 0.1 * s[key]);
    assertClose(`moving ${key}`, await after[i].data(), moved, forward, Math.max(1, rms(moved)));
  }
}

/** The gradients of a loss that mean and variance take part in. */
async function moments(...[c, statistic, which, precision]: Args) {
  const {problem, values, tensors, [which]: normalize} = problemOf(c, statistic, precision);
  const groups = groupCount(viewOf(c.shape, c.reduced, c.params));
  const [dmean, dspread] = [6, 7].map(seed => precision.store(random(groups, seed)));
  const dstats = Array.from(dmean, (mean, g) => ({mean, spread: dspread[g]}));
  const truth = normalizeGrad64(values.dy, values.x, values.gamma, values.beta, problem, dstats);
  const {x, gamma, beta, dy} = tensors();
  const dx = tf.grad(x => {
    const [y, , mean, spread] = normalize(x, gamma, beta);
    return withGradients([y, mean, spread], () => [tf.tensor(dmean), tf.tensor(dspread)]);
  })(x, dy);
  // The terms that cancel have a size where little is left of them.
  const scale = Math.max(rms(truth.dx), 0.1 * rms(values.dy) * rms(truth.stats.map(s => s.rstd)));
  assertClose('dx', await dx.data(), truth.dx, precision.gradient, scale);
}

/** v · dx, differentiated again with respect to all that dx depends on. */
async function secondOrder(c: NormCase, statistic: Statistic, precision: Precision) {
  const {tensors, fused, reference} = problemOf(c, statistic, precision);
  const seconds = (normalize: Normalize) => {
    const {x, gamma, beta, dy, v} = tensors();
    const along = (...[x, gamma, dy]: tf.Tensor[]) => {
      const loss = (x: tf.Tensor) => {
        const [y, , mean, spread] = normalize(x, gamma, beta);
        const moments = statistic.center ? tf.add(tf.square(mean), tf.square(spread)) : 0;
        return tf.add(tf.sum(tf.mul(y, dy)), tf.sum(moments));
      };
      return tf.sum(tf.mul(tf.grad(loss)(x), v));
    };
    return Promise.all(
      tf
        .grads(along)([x, gamma, dy])
        .map(t => t.data()),
    );
  };
  const found = await seconds(fused);
  // A GPU would compile a program for every op of the reference.
  const expected = await onCpu(() => seconds(reference));
  const scale = expected.flatMap(t => Array.from(t)).reduce((a, v) => Math.max(a, Math.abs(v)), 1);
  ['by x', 'by gamma', 'by dy'].forEach((what, i) => {
    assertClose(what, found[i], expected[i], precision.secondOrder, scale);
  });
}
