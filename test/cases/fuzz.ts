/** Random calls of the ops against float64: which op, rank, axes, sizes, scale and type, all by a seed. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {L1, L2, MOMENTS, RMS} from '../../src/statistic.js';
import {assertClose} from '../close.js';
import type {Problem} from '../float64.js';
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
    const [$gamma, $beta] = [gamma, beta].map(t => t && tf.reshape(t, [merged[channelAxis]]));
    const config = {axis: channelAxis, groups: shape[channelAxis], epsilon};
    const y = tfn.groupNorm(tf.reshape(x, merged), {...config, gamma: $gamma, beta: $beta});
    return tf.reshape(y, shape);
  };
  return {op, problem: {shape, reduced, params, statistic: MOMENTS, epsilon}};
};

/** A norm of each channel of each example, by the axis of the channels or by those reduced. */
const channels =
  (
    op: (x: tf.Tensor, channel: number, reduced: number[], config: object) => tf.Tensor,
    statistic: Problem['statistic'],
  ): Generate =>
  (shape, pick, epsilon) => {
    if (shape.length < 3) return null;
    const channel = pick(axesOf(shape).slice(1));
    const reduced = without(axesOf(shape), [0, channel]);
    const problem = {shape, reduced, params: [channel], statistic, epsilon};
    return {op: (x, config) => op(x, channel, reduced, config), problem};
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
  instanceNorm: channels((x, axis, _, config) => tfn.instanceNorm(x, {...config, axis}), MOMENTS),
  filterResponseNorm: channels((x, _, axis, config) => {
    return tfn.filterResponseNorm(x, {...config, axis});
  }, RMS),
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
  // Long now and then.
  const axis = pick(axesOf(shape));
  if (pick(SIZES) === 8 && shape.reduce((a, b) => a * b, 1) < 40) shape[axis] = 2500;
  return shape;
}

/** One trial. The name tells what it was. */
export function fuzzCase(seed: number): Case {
  const pick = picker(seed);
  const names = Object.keys(GENERATORS);
  const name = names[seed % names.length];
  const scale = pick([1, 1, 1, 1e-3, 1e3, 1e-12, 1e12]);
  const mean = pick([0, 1, 100, 1e4]);
  const dtype = pick(['float32', 'float32', 'float32', 'int32', 'bool'] as const);
  const epsilon = dtype === 'float32' ? 1e-4 * scale ** 2 : 1e-4;
  let [trial, shape]: [Trial | null, number[]] = [null, []];
  while (trial == null) {
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
  // dx is dy over the scale of x.
  const dy = (inputs.dy as Float32Array).map(v => v * distribution.std);
  await expectRight(op, problem, {...inputs, dy}, FLOAT32);
}

/** As the same numbers in float32: tfjs casts in name only on some backends. */
async function integers(op: Op, {shape, epsilon}: Problem, dtype: 'int32' | 'bool') {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = random(size, 1, 2, 9).map(v => (dtype === 'int32' ? Math.round(v) : +(v > 0)));
  const [y, expected] = ([dtype, 'float32'] as const).map(type =>
    op(tf.tensor(values, [...shape], type), {epsilon}).data(),
  );
  assertClose('y', await y, await expected, FLOAT32.forward);
}
