/** The table on textures of half floats, which is what WebGL has on many phones. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {assertClose, type Case, type Precision, tidyCase} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {givenCases} from '../cases/given.js';
import {normalize64, normalizeGrad64} from '../float64.js';
import {random} from '../random.js';

/**
 * Halves have 11 bits: what is stored is off by up to 5e-4 of itself, the largest of a thousand
 * normally distributed values by 4 times that of their root mean square, and statistics, what a
 * program leaves to the next and the result are each stored.
 */
const FLOAT16: Precision = {forward: 5e-3, gradient: 2e-2, secondOrder: 5e-2, store: toHalf};

/** The nearest halves, ties to even, so that an input is the same on both sides. */
function toHalf(values: Float32Array): Float32Array {
  return values.map(v => {
    const step = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(v)))) - 10);
    const steps = Math.round(v / step);
    return (Math.abs(v / step - steps) === 0.5 && steps % 2 !== 0 ? steps - 1 : steps) * step;
  });
}

// tfjs's gradient of 1 / sqrt(t) raises t to 1.5, that of 1 / t squares it: on the way to a second
// order whose sums or epsilon are too large for that, it leaves the halves, which end at 65504. What
// the kernels do themselves, values and gradients, stays within.
const BEYOND_THE_LARGEST = [
  'moments: second order: epsilon above every norm',
  'rms: second order: epsilon above every norm',
  ...['l2', 'l1'].flatMap(name => [
    `${name}: second order: layer norm, rows beyond one block`,
    `${name}: second order: layer norm, axes apart, long`,
    `${name}: second order: batch norm, channels first, large`,
    `${name}: second order: epsilon above every norm`,
  ]),
];

// A second order is a sum of thousands of halves, by tfjs's own ops.
const LONG_SUMS = [
  'given statistics: second order: more rows than a texture or a workgroup has',
  'given statistics: second order: more features than a strip',
];
const OUT_OF_REACH = [...BEYOND_THE_LARGEST, ...LONG_SUMS];

const cases = [...conformanceCases(FLOAT16, ['fused']), ...givenCases(FLOAT16)];
for (const name of OUT_OF_REACH) {
  if (cases.every(c => c.name !== name)) throw new Error(`There is no case ${name}.`);
}

const OPS = [
  {
    name: 'layerNorm',
    op: (x: tf.Tensor) => tfn.layerNorm(x),
    axes: {shape: [64, 257], reduced: [1], params: [1]},
  },
  {
    name: 'batchNorm',
    op: (x: tf.Tensor) => tfn.batchNorm(x).y,
    axes: {shape: [4096, 6], reduced: [0], params: [1]},
  },
];

/** Where tfjs's own layers give NaN, or lose a digit: docs/numerics.md has the table. */
const INPUTS = [
  {mean: 0, std: 300},
  {mean: 1000, std: 1},
  {mean: 10_000, std: 100},
];

async function inRange({op, axes}: (typeof OPS)[number], {mean, std}: (typeof INPUTS)[number]) {
  const [size, count] = [axes.shape[0] * axes.shape[1], axes.shape[axes.params[0]]];
  const [$x, $dy] = [toHalf(random(size, 1, mean, std)), toHalf(random(size, 4))];
  const [x, dy] = [$x, $dy].map(values => tf.tensor(values, axes.shape));
  const problem = {...axes, statistic: MOMENTS, epsilon: 1e-3};
  const [gamma, beta] = [new Float32Array(count).fill(1), new Float32Array(count)];
  const {y} = normalize64($x, gamma, beta, problem);
  assertClose('y', await op(x).data(), y, FLOAT16.forward);
  const {dx} = normalizeGrad64($dy, $x, gamma, beta, problem);
  const found = await tf.grad(op)(x, dy).data();
  assertClose('dx', found, dx, FLOAT16.gradient);
}

export const float16Cases: Case[] = [
  ...cases.filter(c => !OUT_OF_REACH.includes(c.name)),
  ...OPS.flatMap(op =>
    INPUTS.map(input =>
      tidyCase(`${op.name} of N(${input.mean}, ${input.std})`, () => inRange(op, input)),
    ),
  ),
];
