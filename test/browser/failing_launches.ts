/** Whichever launch of a kernel fails, the backend keeps nothing of those before it. */
import * as tf from '@tensorflow/tfjs-core';
import {
  asAttrMap,
  FusedNormalize,
  FusedNormalizeGrad,
  FusedNormalizeGrads,
  FusedNormalizeParamGrad,
} from '../../src/kernels/contract.js';
import {MOMENTS} from '../../src/statistic.js';
import {assert, assertSame, type Case, FLOAT32, tidyCase} from '../cases/case.js';
import {problemOf} from '../cases/problem.js';
import type {NormCase} from '../norm_cases.js';
import {failingAt, launches} from './launches.js';

/** Groups of a launch and of several, with parameters of their own or not; not in the view's shape. */
const NORMS: NormCase[] = [
  {name: 'rows', shape: [6, 40], reduced: [1], params: [1]},
  {name: 'rows in parts', shape: [2, 40_000], reduced: [1], params: [1]},
  {name: 'columns in parts', shape: [20_000, 6], reduced: [0], params: [1]},
  {name: 'groups', shape: [2, 5, 7, 4, 3], reduced: [1, 2, 4], params: [3, 4]},
];

const KERNELS = [
  {kernel: FusedNormalize, takes: ['x', 'gamma', 'beta']},
  {kernel: FusedNormalize, takes: ['x', 'gamma', 'beta'], withStats: false},
  {kernel: FusedNormalizeGrad, takes: ['dy', 'x', 'gamma', 'stats', 'dstats']},
  {kernel: FusedNormalizeParamGrad, takes: ['dy', 'x', 'stats']},
  {kernel: FusedNormalizeGrads, takes: ['dy', 'x', 'gamma', 'stats', 'dstats']},
];

async function failing(row: NormCase) {
  const {attrs, tensors, fused} = problemOf(row, MOMENTS, FLOAT32);
  const {x, dy, gamma, beta} = tensors();
  const [, stats] = fused(x, gamma, beta);
  const inputs: Record<string, tf.Tensor> = {
    ...{x: tf.reshape(x, row.shape), dy: tf.reshape(dy, row.shape)},
    ...{gamma, beta, stats, dstats: tf.tensor(new Float32Array(stats.size).fill(1), stats.shape)},
  };
  for (const {kernel, takes, withStats = true} of KERNELS) {
    const taken = Object.fromEntries(takes.map(name => [name, inputs[name]]));
    const run = () =>
      tf
        .engine()
        .runKernel<tf.Tensor | tf.Tensor[]>(kernel, taken, asAttrMap({...attrs, withStats}));
    // Uploads what is still on the CPU, which is a launch of tfjs's own.
    await Promise.all([tf.tidy(run)].flat().map(t => t.data()));
    const count = launches(() => void run()).length;
    assert(count > 0, () => `${kernel} launches nothing`);
    for (let n = 1; n <= count; n++) {
      const before = tf.backend().numDataIds();
      const message = failingAt(n, () => void run());
      assert(message === 'This launch fails.', () => `${kernel}, launch ${n}: ${message}`);
      assertSame(`${kernel}, launch ${n} of ${count}`, [tf.backend().numDataIds()], [before]);
    }
  }
}

export const failingCases: Case[] = NORMS.map(row =>
  tidyCase(`of ${row.name}, a launch that fails leaves nothing`, () => failing(row)),
);
