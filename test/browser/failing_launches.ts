/** Whichever launch of a kernel fails, the backend keeps nothing of those before it. */
import * as tf from '@tensorflow/tfjs-core';
import {asAttrMap, FusedNormalize, FusedNormalizeGrad} from '../../src/kernels/contract.js';
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

type Kernel = {kernel: string; takes: string[]; attrs: object};

const kernelsOf = (groups: number): Kernel[] => {
  const forward = {kernel: FusedNormalize, takes: ['x', 'gamma', 'beta']};
  const training = {withStats: true, momentsShape: [groups], momentum: 0};
  const moving = ['movingMean', 'movingSpread'];
  const gradient = {
    kernel: FusedNormalizeGrad,
    takes: ['dy', 'x', 'gamma', 'stats', 'dmean', 'dspread'],
  };
  return [
    {...forward, attrs: {withStats: false, momentsShape: null, momentum: 0}},
    {...forward, attrs: training},
    {...forward, takes: [...forward.takes, ...moving], attrs: {...training, momentum: 0.9}},
    ...[
      {dx: true, dparams: true},
      {dx: true, dparams: false},
      {dx: false, dparams: true},
    ].map(wanted => ({...gradient, attrs: {wanted}})),
  ];
};

async function failing(row: NormCase) {
  const {attrs, tensors, fused} = problemOf(row, MOMENTS, FLOAT32);
  const {x, dy, gamma, beta} = tensors();
  const [, stats, mean] = fused(x, gamma, beta);
  const inputs: Record<string, tf.Tensor> = {
    x: tf.reshape(x, row.shape),
    dy: tf.reshape(dy, row.shape),
    ...{gamma, beta, stats},
  };
  for (const name of ['dmean', 'dspread', 'movingMean', 'movingSpread']) {
    inputs[name] = tf.tensor(new Float32Array(mean.size).fill(1), mean.shape);
  }
  for (const {kernel, takes, attrs: others} of kernelsOf(mean.size)) {
    const taken = Object.fromEntries(takes.map(name => [name, inputs[name]]));
    const run = () =>
      tf.engine().runKernel<tf.Tensor[]>(kernel, taken, asAttrMap({...attrs, ...others}));
    // Uploads what is still on the CPU, which is a launch of tfjs's own.
    await Promise.all(tf.tidy(run).map(t => t.data()));
    const count = launches(() => void run()).names.length;
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
