/** Random calls of the ops against float64: which op, rank, axes, sizes, scale and type, all by a seed. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {L1, L2, MOMENTS, RMS} from '../../src/statistic.js';
import {assertClose, assertSame} from '../close.js';
import {normalize64, type Problem} from '../float64.js';
import {random} from '../random.js';
import {expectRight, inputsOf, type Op} from '../right.js';
import {type Case, FLOAT32, tidyCase} from './case.js';

type Trial = {op: Op; problem: Problem};
type Pick = <T>(choices: readonly T[]) => T;
type Generate = (shape: number[], pick: Pick, epsilon: number) => Trial | null;

const axesOf = (shape: readonly number[]) => shape.map((_, axis) => axis);
const without = (axes: readonly number[], others: readonly number[]) =>
  axes.filter(axis => !others.includes(axis));

/** Some of the axes, at least one, in order. */
function someAxes(axes: readonly number[], pick: Pick): number[] {
  const chosen = axes.filter(() => pick([true, false]));
  return chosen.length > 0 ? chosen : [pick(axes)];
}

/** Axes as users write them: counted from either end, a single one without a list. */
function written(axes: readonly number[], rank: number, pick: Pick): number | number[] {
  const signed = axes.map(axis => pick([axis, axis - rank]));
  return signed.length === 1 && pick([true, false]) ? signed[0] : signed;
}

const rows =
  (op: (x: tf.Tensor, config: object) => tf.Tensor, statistic: Problem['statistic']): Generate =>
  (shape, pick, epsilon) => {
    const reduced = someAxes(axesOf(shape), pick);
    const axis = written(reduced, shape.length, pick);
    const params = statistic.average ? reduced : [];
    // The gradient of such a norm is 0 up to the rounding errors of numbers of any size.
    if (!statistic.average && reduced.every(axis => shape[axis] === 1)) return null;
    const problem = {shape, reduced, params, statistic, epsilon};
    return {op: (x, config) => op(x, {...config, axis}), problem};
  };

/** Group norm: the channels are two axes of the problem, groups and those of a group. */
const groups: Generate = (shape, pick, epsilon) => {
  if (shape.length < 3) return null;
  const channelAxis = pick(axesOf(shape).slice(1, -1));
  const merged = [...shape];
  merged.splice(channelAxis, 2, shape[channelAxis] * shape[channelAxis + 1]);
  const params = [channelAxis, channelAxis + 1];
  const reduced = without(axesOf(shape), [0, channelAxis]);
  const op: Op = (x, {gamma, beta, epsilon}) => {
    const [$gamma, $beta] = [gamma!, beta!].map(t => tf.reshape(t, [merged[channelAxis]]));
    const config = {axis: channelAxis, groups: shape[channelAxis], epsilon};
    const y = tfn.groupNorm(tf.reshape(x, merged), {...config, gamma: $gamma, beta: $beta});
    return tf.reshape(y, shape);
  };
  return shape[channelAxis] === 0
    ? null
    : {op, problem: {shape, reduced, params, statistic: MOMENTS, epsilon}};
};

const GENERATORS: Record<string, Generate> = {
  layerNorm: rows(tfn.layerNorm, MOMENTS),
  rmsNorm: rows(tfn.rmsNorm, RMS),
  l1Normalize: rows(tfn.l1Normalize, L1),
  l2Normalize: rows(tfn.l2Normalize, L2),
  batchNorm: (shape, pick, epsilon) => {
    const params = someAxes(axesOf(shape), pick);
    const axis = written(params, shape.length, pick);
    const reduced = without(axesOf(shape), params);
    const op: Op = (x, config) => tfn.batchNorm(x, {...config, axis}).y;
    return {op, problem: {shape, reduced, params, statistic: MOMENTS, epsilon}};
  },
  groupNorm: groups,
  instanceNorm: (shape, pick, epsilon) => {
    if (shape.length < 3) return null;
    const channel = pick(axesOf(shape).slice(1));
    const reduced = without(axesOf(shape), [0, channel]);
    const op: Op = (x, config) => tfn.instanceNorm(x, {...config, axis: channel});
    return {op, problem: {shape, reduced, params: [channel], statistic: MOMENTS, epsilon}};
  },
  filterResponseNorm: (shape, _, epsilon) => {
    if (shape.length < 3) return null;
    const channel = shape.length - 1;
    const reduced = without(axesOf(shape), [0, channel]);
    const op: Op = (x, config) => tfn.filterResponseNorm(x, {...config, axis: reduced});
    return {op, problem: {shape, reduced, params: [channel], statistic: RMS, epsilon}};
  },
  /** PN-V, the variant that divides by the batch's own mean square. */
  powerNorm: (shape, pick, epsilon) => {
    const channel = pick(axesOf(shape));
    const reduced = without(axesOf(shape), [channel]);
    const op: Op = (x, config) => {
      const state = tfn.powerNormState(shape[channel]);
      const variant = {backwardMode: 'exact', warmupSteps: Infinity, groups: 0} as const;
      const y = tfn.powerNorm(x, state, {...config, ...variant, axis: channel, training: true});
      tf.dispose([state.phi, state.nu, state.step]);
      return y;
    };
    return {op, problem: {shape, reduced, params: [channel], statistic: RMS, epsilon}};
  },
};

/** A generator of choices by a seed. */
function picker(seed: number): Pick {
  let count = 0;
  return choices => {
    const [value] = random(1, seed * 1000 + count++);
    // The distribution function of the normal one, roughly: what counts is that all are chosen.
    const uniform = 1 / (1 + Math.exp(-1.7 * value));
    return choices[Math.min(choices.length - 1, Math.floor(uniform * choices.length))];
  };
}

const SIZES = [1, 2, 3, 4, 5, 7, 8, 16, 17, 31, 64, 130];
const MOST = 6000;

function shapeOf(pick: Pick): number[] {
  const rank = pick([1, 2, 3, 4, 5, 6, 7]);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = MOST / shape.reduce((a, b) => a * b, 1);
    shape.push(pick(SIZES.filter(size => size <= left)));
  }
  // Long, or empty, now and then.
  const axis = pick(shape.map((_, i) => i));
  const kind = pick(['usual', 'usual', 'usual', 'usual', 'long', 'usual', 'empty', 'usual']);
  if (kind === 'long' && shape.reduce((a, b) => a * b, 1) < 40) shape[axis] = 2500;
  if (kind === 'empty') shape[axis] = 0;
  return shape;
}

/** One trial. The name tells what it was. */
export function fuzzCase(seed: number): Case {
  const pick = picker(seed);
  const names = Object.keys(GENERATORS);
  const scale = pick([1, 1, 1, 1e-3, 1e3, 1e-12, 1e12]);
  const mean = pick([0, 1, 100, 1e4]);
  const dtype = pick(['float32', 'float32', 'float32', 'int32', 'bool'] as const);
  const epsilon = dtype === 'float32' ? 1e-4 * scale ** 2 : 1e-4;
  let [name, trial, shape]: [string, Trial | null, number[]] = ['', null, []];
  while (trial == null) {
    name = pick(names);
    shape = shapeOf(pick);
    trial = GENERATORS[name](shape, pick, name.endsWith('Normalize') ? 1e-12 * scale : epsilon);
  }
  const {op, problem} = trial;
  const what = `${name} of [${shape.join()}], ${dtype}, reduced ${problem.reduced.join()}, scale ${scale}, mean ${mean}`;
  return tidyCase(`fuzz ${seed}: ${what}`, () =>
    dtype === 'float32'
      ? floats(op, problem, {mean: mean * scale, std: scale})
      : integers(op, problem, dtype),
  );
}

async function floats(op: Op, problem: Problem, distribution: {mean: number; std: number}) {
  const inputs = inputsOf(problem, distribution);
  if (inputs.x instanceof Float32Array && inputs.x.length === 0) return empty(op, problem);
  // dx is dy over the scale of x.
  const dy = (inputs.dy as Float32Array).map(v => v * distribution.std);
  await expectRight(op, problem, {...inputs, dy}, FLOAT32);
}

/** The result has the shape of x, and all gradients are there and zero. */
async function empty(op: Op, problem: Problem) {
  const {shape, params, epsilon, statistic} = problem;
  const sizes = params.map(axis => shape[axis]);
  const hasParams = params.length > 0;
  const names = hasParams ? (statistic.center ? ['gamma', 'beta'] : ['gamma']) : [];
  const tensors = [tf.zeros([...shape]), ...names.map(() => tf.ones(sizes))];
  const f = (...[x, ...given]: tf.Tensor[]) =>
    op(x, {...Object.fromEntries(given.map((param, i) => [names[i], param])), epsilon});
  assertSame('shape', f(...tensors).shape, [...shape]);
  for (const [i, gradient] of tf
    .grads(f)(tensors, tf.zeros([...shape]))
    .entries()) {
    assertSame('shape of a gradient', gradient.shape, tensors[i].shape);
    const values = await gradient.data();
    assertSame('gradient', values, new Float32Array(values.length));
  }
}

async function integers(op: Op, problem: Problem, dtype: 'int32' | 'bool') {
  const size = problem.shape.reduce((a, b) => a * b, 1);
  const values = random(size, 1, 2, 9).map(v => (dtype === 'int32' ? Math.round(v) : +(v > 0)));
  const {gamma, beta} = inputsOf(problem) as Record<string, Float32Array | undefined>;
  const sizes = problem.params.map(axis => problem.shape[axis]);
  const tensors = Object.entries({gamma, beta}).flatMap(([name, param]) =>
    param == null ? [] : [[name, tf.tensor(param, sizes)] as const],
  );
  const x = tf.tensor(values, [...problem.shape], dtype);
  const count = sizes.reduce((a, b) => a * b, 1);
  const truth = normalize64(
    values,
    gamma ?? new Float32Array(count).fill(1),
    beta ?? new Float32Array(count),
    problem,
  );
  const y = op(x, {...Object.fromEntries(tensors), epsilon: problem.epsilon});
  assertClose('y', await y.data(), truth.y, FLOAT32.forward);
}
