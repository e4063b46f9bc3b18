/** The table on textures of half floats, which is what WebGL has on many phones. */
import type {Case, Precision} from '../cases/case.js';
import {conformanceCases} from '../cases/conformance.js';

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

const cases = conformanceCases(FLOAT16, ['fused']);
for (const name of BEYOND_THE_LARGEST) {
  if (cases.every(c => c.name !== name)) throw new Error(`There is no case ${name}.`);
}

export const float16Cases: Case[] = cases.filter(c => !BEYOND_THE_LARGEST.includes(c.name));
