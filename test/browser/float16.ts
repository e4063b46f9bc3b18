/** The table on textures of half floats, which is what WebGL has on many phones. */
import * as tfn from '../../src/ops/index.js';
import {MOMENTS} from '../../src/statistic.js';
import {type Case, type Precision, tidyCase} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';
import {givenCases} from '../cases/given.js';
import {expectRight, inputsOf, type Op} from '../right.js';

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

const OPS = [
  {
    name: 'layerNorm',
    op: (x => tfn.layerNorm(x)) as Op,
    axes: {shape: [64, 257], reduced: [1], params: [1]},
  },
  {
    name: 'batchNorm',
    op: (x => tfn.batchNorm(x).y) as Op,
    axes: {shape: [4096, 6], reduced: [0], params: [1]},
  },
];

/** Where tfjs's own layers give NaN, or lose a digit: docs/numerics.md has the table. */
const INPUTS = [
  {mean: 0, std: 300},
  {mean: 1000, std: 1},
  {mean: 10_000, std: 100},
];

function inRange({op, axes}: (typeof OPS)[number], input: (typeof INPUTS)[number]) {
  const problem = {...axes, statistic: MOMENTS, epsilon: 1e-3};
  const {x, dy} = inputsOf(problem, input) as Record<'x' | 'dy', Float32Array>;
  return expectRight(op, problem, {x: toHalf(x), dy: toHalf(dy)}, FLOAT16);
}

// Gradients of gradients leave the halves on their way through tfjs's own ops.
const table = [...conformanceCases(FLOAT16, ['fused']), ...givenCases(FLOAT16)];

export const float16Cases: Case[] = [
  ...table.filter(({name}) => !/second order|other outputs/.test(name)),
  ...OPS.flatMap(op =>
    INPUTS.map(input =>
      tidyCase(`${op.name} of N(${input.mean}, ${input.std})`, () => inRange(op, input)),
    ),
  ),
];
