import * as tf from '@tensorflow/tfjs-core';
import {asAttrMap, FusedNormalize} from '../src/kernel_names.js';
import {normalizeReference} from '../src/reference.js';
import {registerNormalization} from '../src/register.js';
import {groupCount, type NormView, paramCount, viewOf} from '../src/view.js';
import {BACKENDS} from './backends.js';
import {expectClose, expectCloseAt, expectNoLeak} from './close.js';
import {normalize64, normalizeGrad64} from './float64.js';
import {NORM_CASES, type NormCase, STATISTICS} from './norm_cases.js';
import {random} from './random.js';
import type {Statistic} from '../src/statistic.js';

registerNormalization();

// The promise: relative to the result's root mean square, against float64.
const FORWARD = 2e-6;
const GRADIENT = 1e-5;
// Two compositions of float32 tf ops that differ in the order of their sums.
const SECOND_ORDER = 1e-4;

type Normalize = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) => tf.Tensor[];

function problemOf({shape, reduced, params, epsilon = 1e-3}: NormCase, statistic: Statistic) {
  const view = viewOf(shape, reduced, params);
  const attrs = {view, statistic, epsilon};
  const sizes = view.map(axis => axis.size);
  const size = sizes.reduce((a, b) => a * b, 1);
  return {
    attrs,
    problem: {shape, reduced, params, epsilon, statistic},
    x: tf.tensor(random(size, 1, 1, 2), sizes),
    gamma: tf.tensor(random(paramCount(view), 2, 1, 1)),
    beta: tf.tensor(random(paramCount(view), 3)),
    dy: tf.tensor(random(size, 4), sizes),
    v: tf.tensor(random(size, 5), sizes),
    fused: (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      tf.engine().runKernel<tf.Tensor[]>(FusedNormalize, {x, gamma, beta}, asAttrMap(attrs)),
    reference: (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      normalizeReference(x, gamma, beta, attrs),
  };
}

/** Without epsilon, what a group of one element is divided by is 0. */
const isDefined = (statistic: Statistic, {epsilon}: NormCase, view: NormView): boolean =>
  epsilon !== 0 || !statistic.center || view.some(axis => axis.reduced && axis.size > 1);

describe.each(BACKENDS)('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  describe.each(STATISTICS)('%s', (_, statistic) => {
    const cases = NORM_CASES.filter(c =>
      isDefined(statistic, c, viewOf(c.shape, c.reduced, c.params)),
    );

    test.each(cases)('values and statistics: $name', c => {
      expectNoLeak(tf, () =>
        tf.tidy(() => {
          const {problem, x, gamma, beta, fused, reference} = problemOf(c, statistic);
          const truth = normalize64(x.dataSync(), gamma.dataSync(), beta.dataSync(), problem);
          for (const [y, stats] of [fused(x, gamma, beta), reference(x, gamma, beta)]) {
            expectClose(y, truth.y, FORWARD);
            expect(stats.shape).toEqual([truth.stats.length, 2, 2]);
            const [mean, rest, spread, rstd] = tf.unstack(tf.reshape(stats, [-1, 4]), 1);
            const means = truth.stats.map(s => s.mean);
            expectCloseAt(2, tf.add(mean, rest), means, FORWARD);
            const spreads = truth.stats.map(s => s.spread);
            expectCloseAt(Math.max(2, ...spreads), spread, spreads, FORWARD);
            expectClose(
              rstd,
              truth.stats.map(s => s.rstd),
              FORWARD,
            );
          }
        }),
      );
    });

    test.each(cases)('gradients: $name', c => {
      expectNoLeak(tf, () =>
        tf.tidy(() => {
          const {problem, x, gamma, beta, dy, fused, reference} = problemOf(c, statistic);
          const [$dy, $x, $gamma, $beta] = [dy, x, gamma, beta].map(t => t.dataSync());
          const truth = normalizeGrad64($dy, $x, $gamma, $beta, problem);
          const scale = gradientScale(truth.dx, $dy, normalize64($x, $gamma, $beta, problem).stats);
          for (const f of [fused, reference]) {
            const [dx, dgamma, dbeta] = tf.grads((...xs: tf.Tensor[]) => f(xs[0], xs[1], xs[2])[0])(
              [x, gamma, beta],
              dy,
            );
            expectCloseAt(scale, dx, truth.dx, GRADIENT);
            const sumScale = Math.sqrt(x.size / gamma.size);
            expectCloseAt(
              Math.max(rms(truth.dgamma), 0.1 * sumScale),
              dgamma,
              truth.dgamma,
              GRADIENT,
            );
            expectCloseAt(Math.max(rms(truth.dbeta), 0.1 * sumScale), dbeta, truth.dbeta, GRADIENT);
          }
        }),
      );
    });

    // Nothing else hands out statistics.
    const handedOut = statistic.center ? cases : [];
    handedOut.forEach(c =>
      test(`gradients through mean and variance: ${c.name}`, () => {
        expectNoLeak(tf, () =>
          tf.tidy(() => {
            const {problem, x, gamma, beta, dy, fused, reference} = problemOf(c, statistic);
            const groups = groupCount(viewOf(c.shape, c.reduced, c.params));
            const [dmean, dspread] = [random(groups, 6), random(groups, 7)];
            const dstats = Array.from(dmean, (mean, g) => ({mean, spread: dspread[g]}));
            const flat = dstats.flatMap(({mean, spread}) => [mean, 0, spread, 0]);
            const weights = tf.tensor(flat, [groups, 2, 2]);
            const [$dy, $x, $gamma, $beta] = [dy, x, gamma, beta].map(t => t.dataSync());
            const truth = normalizeGrad64($dy, $x, $gamma, $beta, problem, dstats);
            for (const f of [fused, reference]) {
              const dx = tf.grad(x => {
                const [y, stats] = f(x, gamma, beta);
                return tf.add(tf.sum(tf.mul(y, dy)), tf.sum(tf.mul(stats, weights)));
              })(x);
              const {stats} = normalize64($x, $gamma, $beta, problem);
              expectCloseAt(gradientScale(truth.dx, $dy, stats), dx, truth.dx, GRADIENT);
            }
          }),
        );
      }),
    );

    test.each(cases)('second order: $name', c => {
      expectNoLeak(tf, () =>
        tf.tidy(() => {
          const {x, gamma, beta, dy, v, fused, reference} = problemOf(c, statistic);
          // v · dx, differentiated again with respect to all that dx depends on.
          const seconds = (f: Normalize) => {
            const along = (...[x, gamma, dy]: tf.Tensor[]) => {
              const loss = (x: tf.Tensor) => {
                const [y, stats] = f(x, gamma, beta);
                const moments = statistic.center ? tf.slice(stats, [0, 0, 0], [-1, 2, 1]) : 0;
                return tf.add(tf.sum(tf.mul(y, dy)), tf.sum(tf.square(moments)));
              };
              return tf.sum(tf.mul(tf.grad(loss)(x), v));
            };
            return tf.grads(along)([x, gamma, dy]);
          };
          const [fusedSeconds, referenceSeconds] = [fused, reference].map(seconds);
          const scale = Math.max(1, ...referenceSeconds.map(t => tf.max(tf.abs(t)).dataSync()[0]));
          fusedSeconds.forEach((t, i) => {
            expectCloseAt(scale, t, referenceSeconds[i].dataSync(), SECOND_ORDER);
          });
        }),
      );
    });
  });
});

/** Of dx, or of the terms that cancel in it where little is left of them. */
function gradientScale(dx: number[], dy: ArrayLike<number>, stats: Array<{rstd: number}>): number {
  return Math.max(rms(dx), 0.1 * rms(dy) * rms(stats.map(s => s.rstd)));
}

const rms = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values, v => v * v).reduce((a, b) => a + b, 0) / values.length);
