/** The promises of docs/numerics.md, against float64 on the same float32 inputs. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {normalizeReference} from '../../src/reference.js';
import {L1, L2, MOMENTS, RMS} from '../../src/statistic.js';
import {viewOf} from '../../src/view.js';
import {assert, assertClose, assertSame} from '../close.js';
import {indices, normalize64, type Problem} from '../float64.js';
import {random} from '../random.js';
import {expectRight, inputsOf, type Op} from '../right.js';
import {type Case, onCpu, type Precision, tidyCase} from './case.js';

type NamedOp = {name: string; op: Op} & Omit<Problem, 'epsilon'>;

const ROWS = {shape: [13, 257], reduced: [1], params: [1]};

// prettier-ignore
const OPS: NamedOp[] = [
  {name: 'layerNorm', op: tfn.layerNorm, ...ROWS, statistic: MOMENTS},
  {name: 'batchNorm, channels last', op: (x, config) => tfn.batchNorm(x, config).y,
    ...{shape: [11, 7, 7, 5], reduced: [0, 1, 2], params: [3]}, statistic: MOMENTS},
  {name: 'batchNorm, channels first', op: (x, config) => tfn.batchNorm(x, {axis: 1, ...config}).y,
    ...{shape: [11, 5, 7, 7], reduced: [0, 2, 3], params: [1]}, statistic: MOMENTS},
  {
    name: 'groupNorm',
    op: (x, {gamma, beta, epsilon}) => {
      const flat = [gamma!, beta!].map(param => tf.reshape(param, [10]));
      const config = {groups: 5, gamma: flat[0], beta: flat[1], epsilon};
      return tfn.groupNorm(tf.reshape(x, [3, 7, 7, 10]), config);
    },
    ...{shape: [3, 49, 5, 2], reduced: [1, 3], params: [2, 3]},
    statistic: MOMENTS,
  },
  {name: 'rmsNorm', op: tfn.rmsNorm, ...ROWS, statistic: RMS},
];

const UNIT_OPS: NamedOp[] = [
  {name: 'l2Normalize', op: tfn.l2Normalize, ...ROWS, params: [], statistic: L2},
  {name: 'l1Normalize', op: tfn.l1Normalize, ...ROWS, params: [], statistic: L1},
];

/** `op` and its gradients on N(mean, std) are as near to float64 as promised. */
function precise(
  {op, name: _, ...axes}: NamedOp,
  input: {mean?: number; std?: number},
  epsilon: number,
  precision: Precision,
) {
  const problem = {...axes, epsilon};
  return expectRight(op, problem, inputsOf(problem, {mean: 0, std: 1, ...input}), precision);
}

export const numericsCases = (precision: Precision): Case[] => [
  ...OPS.flatMap(op => [
    ...[0, 1, 1e2, 1e3, 1e4, 1e5].map(mean =>
      tidyCase(`${op.name} keeps its digits at mean/std ${mean}`, () =>
        precise(op, {mean}, 1e-5, precision),
      ),
    ),
    // Epsilon would hide values this small; without it the result does not depend on scale.
    ...[1e-30, 1e-20, 1e20, 1e30].map(std =>
      tidyCase(`${op.name} neither overflows nor vanishes at std ${std}`, () =>
        precise(op, {std}, 0, precision),
      ),
    ),
    tidyCase(`${op.name} keeps its digits where groups begin far off their mean`, () =>
      farOff(op, precision),
    ),
  ]),
  ...UNIT_OPS.flatMap(op => [
    ...[1e-30, 1e-20, 1e-3, 1, 1e5, 1e20, 1e30].map(std =>
      tidyCase(`${op.name} is right at scale ${std}`, () =>
        precise(op, {std}, std < 1e-10 ? 0 : 1e-12, precision),
      ),
    ),
    tidyCase(`${op.name} keeps zero vectors zero, with a zero gradient`, () => zeroVectors(op)),
    tidyCase(`${op.name} divides a vector shorter than epsilon by epsilon`, () =>
      shortVectors(op, precision),
    ),
  ]),
  ...[NaN, Infinity, -Infinity].map(bad =>
    tidyCase(`${bad} stays in its own group`, () => staysInItsGroup(bad)),
  ),
  ...[false, true].map(first =>
    tidyCase(
      `an infinite element leaves the others 0${first ? ', also along the first axis' : ''}`,
      () => infiniteElement(first),
    ),
  ),
  tidyCase('NaN under a mask does not reach the gradients', maskedNaN),
  ...Object.entries(MASKED).map(([name, op]) =>
    tidyCase(`${name} takes a mask at rank 5`, () => maskAtRank5(op, precision)),
  ),
  tidyCase('a constant group becomes beta', constantGroup),
  tidyCase('a long sum does not lose digits', () => longSum(precision)),
];

/** By the kernels and by the reference. */
async function zeroVectors({op, statistic}: NamedOp) {
  const view = viewOf([2, 3], [1], []);
  const attrs = {view, statistic, withStats: true, momentsShape: null, momentum: 0};
  const reference: Op = (x, {epsilon}) =>
    normalizeReference(x, tf.ones([1]), tf.zeros([1]), {...attrs, epsilon})[0];
  for (const f of [op, reference]) await keepsZeros(f);
}

async function keepsZeros(op: Op) {
  for (const epsilon of [1e-12, 0]) {
    const x = tf.tensor2d([
      [0, 0, 0],
      [3, 0, -4],
    ]);
    const y = await op(x, {epsilon}).data();
    const dx = await tf
      .grad(x => op(x, {epsilon}))(x)
      .data();
    assertSame('y', y.slice(0, 3), [0, 0, 0]);
    assertSame('dx', dx.slice(0, 3), [0, 0, 0]);
    assert(y[3] > 0 && y[4] === 0 && y[5] < 0, () => `the other vector is ${y.slice(3).join()}`);
  }
}

async function shortVectors({op}: NamedOp, {forward, gradient}: Precision) {
  const x = tf.tensor1d([1e-5, -3e-5]);
  const dx = tf.grad(x => op(x, {epsilon: 1e-3}))(x);
  assertClose('y', await op(x, {epsilon: 1e-3}).data(), [1e-2, -3e-2], forward);
  assertClose('dx', await dx.data(), [1e3, 1e3], gradient);
}

/** A shift by a group's first element would cost a digit or two. */
function farOff({op, name: _, ...axes}: NamedOp, precision: Precision) {
  const problem = {...axes, epsilon: 1e-5};
  const inputs = inputsOf(problem, {mean: 0, std: 1});
  const x = (inputs.x as Float32Array).slice();
  const {group} = indices(problem);
  const seen = new Set<number>();
  group.forEach((g, i) => {
    if (!seen.has(g)) x[i] = 20;
    seen.add(g);
  });
  return expectRight(op, problem, {...inputs, x}, precision);
}

/** Norms that do not center divide the finite elements by infinity. */
async function infiniteElement(first: boolean) {
  const values = random(4 * 600, 1);
  values[5] = Infinity;
  const x = tf.tensor2d(values, [4, 600]);
  const rows: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    rmsNorm: x => tfn.rmsNorm(x),
    l1Normalize: x => tfn.l1Normalize(x),
    l2Normalize: x => tfn.l2Normalize(x),
  };
  const columns: typeof rows = {
    l1Normalize: x => tfn.l1Normalize(x, {axis: 0}),
    l2Normalize: x => tfn.l2Normalize(x, {axis: 0}),
  };
  for (const [name, op] of Object.entries(first ? columns : rows)) {
    const y = await (first ? tf.transpose(op(tf.transpose(x))) : op(x)).data();
    const expected = Float32Array.from({length: 600}, (_, i) => (i === 5 ? NaN : 0));
    assertSame(name, y.slice(0, 600).map(Math.abs), expected);
    assert(
      y.slice(600).every(v => v !== 0),
      () => `${name}: other groups have zeros`,
    );
  }
}

async function maskedNaN() {
  const values = random(4 * 6 * 3, 1);
  values.fill(NaN, 12, 18);
  const x = tf.tensor3d(values, [4, 6, 3]);
  const counts = Array.from({length: 24}, (_, i) => +!(i === 4 || i === 5));
  const mask = tf.tensor(counts, [4, 6]);
  const gamma = tf.ones([3]);
  const dy = tf.mul(tf.ones([4, 6, 3]), tf.expandDims(mask, -1));
  const ops: Record<string, (x: tf.Tensor, gamma: tf.Tensor) => tf.Tensor> = {
    batchNorm: (x, gamma) => tfn.batchNorm(x, {mask, gamma}).y,
    groupNorm: (x, gamma) => tfn.groupNorm(x, {mask, gamma, groups: 1}),
    instanceNorm: (x, gamma) => tfn.instanceNorm(x, {mask, gamma}),
  };
  for (const [name, op] of Object.entries(ops)) {
    for (const gradient of tf.grads(op)([x, gamma], dy)) {
      const found = await gradient.data();
      assert(found.every(Number.isFinite), () => `${name}: ${found.join()}`);
    }
  }
}

const MASKED: Record<string, (x: tf.Tensor, mask: tf.Tensor) => tf.Tensor> = {
  'batchNorm over two feature axes': (x, mask) => tfn.batchNorm(x, {mask, axis: [1, 3]}).y,
  'groupNorm along a middle axis': (x, mask) => tfn.groupNorm(x, {mask, axis: 2, groups: 2}),
  powerNorm: (x, mask) => {
    const state = tfn.powerNormState(4);
    const y = tfn.powerNorm(x, state, {mask, training: true});
    tf.dispose([state.phi, state.nu, state.step]);
    return y;
  },
};

/** As on cpu, which the other tests hold. */
async function maskAtRank5(op: (typeof MASKED)[string], {forward}: Precision) {
  const run = () =>
    op(tf.tensor(random(192, 1), [2, 3, 4, 2, 4]), tf.tensor([1, 1, 1, 1, 1, 0], [2, 3])).data();
  const expected = await onCpu(run);
  assertClose('y', await run(), expected, forward);
}

async function staysInItsGroup(bad: number) {
  const clean = random(3 * 40, 1);
  const dirty = clean.slice();
  dirty[40 + 7] = bad;
  const ops: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    layerNorm: x => tfn.layerNorm(x),
    rmsNorm: x => tfn.rmsNorm(x),
    l1Normalize: x => tfn.l1Normalize(x),
    l2Normalize: x => tfn.l2Normalize(x),
    groupNorm: x => tfn.groupNorm(tf.reshape(x, [3, 10, 4]), {groups: 2}),
    batchNorm: x => tf.transpose(tfn.batchNorm(tf.transpose(x)).y),
  };
  for (const [name, op] of Object.entries(ops)) {
    const grad = (x: tf.Tensor) => tf.grad(op)(x, tf.ones(op(x).shape));
    for (const [what, f] of Object.entries({y: op, dx: grad})) {
      const [wanted, got] = await Promise.all(
        [clean, dirty].map(values => f(tf.tensor2d(values, [3, 40])).data()),
      );
      // Not the same bits: a backend may leave all of such a call to other loops.
      assertClose(`${what} of ${name} before`, got.slice(0, 40), wanted.slice(0, 40), 1e-6, 1);
      assertClose(`${what} of ${name} after`, got.slice(80), wanted.slice(80), 1e-6, 1);
    }
    const y = (await op(tf.tensor2d(dirty, [3, 40])).data()).slice(40, 80);
    assert(y.some(Number.isNaN), () => `${name} has no NaN in ${y.join()}`);
  }
}

async function constantGroup() {
  const x = tf.fill([4, 50], 12345.678);
  const beta = random(50, 1);
  const y = await tfn.layerNorm(x, {beta}).data();
  assertSame(
    'y',
    y,
    Float32Array.from({length: 200}, (_, i) => beta[i % 50]),
  );
}

async function longSum({forward}: Precision) {
  const values = random(400_000, 1, 100, 1);
  const x = tf.tensor2d(values, [200_000, 2]);
  const problem = {
    shape: [200_000, 2],
    reduced: [0],
    params: [1],
    statistic: MOMENTS,
    epsilon: 1e-5,
  };
  const truth = normalize64(values, [1, 1], [0, 0], problem);
  assertClose('y', await tfn.batchNorm(x, {epsilon: 1e-5}).y.data(), truth.y, forward);
}
