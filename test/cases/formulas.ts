/** Ops without kernels of their own, beside their formulas in float64; gradients by finite differences. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {erf} from '../activations64.js';
import {assertClose, rms} from '../close.js';
import {random} from '../random.js';
import {type Case, tidyCase} from './case.js';

type Numbers = number[];
type Row = {
  name: string;
  /** The inputs by their names, x first, with their shapes. */
  in: Record<string, number[]>;
  run: (inputs: Record<string, tf.Tensor>) => tf.Tensor;
  /** The formula: all outputs from the inputs' values. */
  formula: (inputs: Record<string, Numbers>) => Numbers;
  /** What x is multiplied by. Defaults to 1. */
  scale?: number;
};

const squash =
  (f: (z: number) => number, features: (i: number) => number) => (of: Record<string, Numbers>) =>
    of['x'].map((x, i) => {
      const value = f(of['alpha'][0] * x + (of['shift']?.[0] ?? 0));
      return (of['gamma']?.[features(i)] ?? 1) * value + (of['beta']?.[features(i)] ?? 0);
    });

/** Of [n, positions, channels], or [n, channels, positions]. */
const response =
  ([n, positions, channels]: number[], isFirst: boolean) =>
  (of: Record<string, Numbers>) => {
    const {x, gamma, beta} = of;
    const at = (i: number, p: number, c: number) =>
      isFirst ? (i * channels + c) * positions + p : (i * positions + p) * channels + c;
    const y = Array<number>(x.length);
    for (let i = 0; i < n; i++) {
      const norms = Array.from({length: channels}, (_, c) =>
        Math.hypot(...Array.from({length: positions}, (_, p) => x[at(i, p, c)])),
      );
      const level = norms.reduce((a, b) => a + b) / channels + 1e-6;
      for (let c = 0; c < channels; c++) {
        const factor = 1 + ((gamma?.[c] ?? 1) * norms[c]) / level;
        for (let p = 0; p < positions; p++)
          y[at(i, p, c)] = x[at(i, p, c)] * factor + (beta?.[c] ?? 0);
      }
    }
    return y;
  };

/** Of a kernel whose last axis are the outputs. */
const standardized =
  (outputs: number, factor = 1) =>
  ({x, gain}: Record<string, Numbers>) => {
    const count = x.length / outputs;
    const of = (o: number) => x.filter((_, i) => i % outputs === o);
    const means = Array.from({length: outputs}, (_, o) => of(o).reduce((a, b) => a + b) / count);
    const stds = means.map((mean, o) =>
      Math.sqrt(of(o).reduce((sum, w) => sum + (w - mean) ** 2, 0) / count + 1e-6),
    );
    return x.map((w, i) => {
      const o = i % outputs;
      return ((w - means[o]) / stds[o]) * (gain?.[o] ?? 1) * factor;
    });
  };

const last = (size: number) => (i: number) => i % size;

// prettier-ignore
const ROWS: Row[] = [
  {name: 'dynamicTanh', in: {x: [3, 4], alpha: [], gamma: [4], beta: [4]},
    run: ({x, ...c}) => tfn.dynamicTanh(x, c), formula: squash(Math.tanh, last(4))},
  {name: 'dynamicTanh of large values', in: {x: [2, 5], alpha: [1]}, scale: 8,
    run: ({x, ...c}) => tfn.dynamicTanh(x, c), formula: squash(Math.tanh, last(5))},
  {name: 'dynamicTanh, channels first', in: {x: [2, 3, 2], alpha: [], gamma: [3], beta: [3]},
    run: ({x, ...c}) => tfn.dynamicTanh(x, {...c, axis: 1}),
    formula: squash(Math.tanh, i => Math.floor(i / 2) % 3)},
  {name: 'dynamicErf', in: {x: [3, 4], alpha: [], shift: [], gamma: [4], beta: [4]},
    run: ({x, ...c}) => tfn.dynamicErf(x, c), formula: squash(erf, last(4))},
  {name: 'dynamicErf with parameters of each element', in: {x: [2, 4], alpha: [1, 1], shift: [1], gamma: [2, 4]},
    run: ({x, ...c}) => tfn.dynamicErf(x, c), formula: squash(erf, last(8))},
  {name: 'globalResponseNorm', in: {x: [2, 3, 4], gamma: [4], beta: [4]},
    run: ({x, ...c}) => tfn.globalResponseNorm(x, c), formula: response([2, 3, 4], false)},
  {name: 'globalResponseNorm without parameters', in: {x: [1, 2, 2, 3]}, scale: 30,
    run: ({x}) => tfn.globalResponseNorm(x), formula: response([1, 4, 3], false)},
  {name: 'globalResponseNorm, channels first', in: {x: [2, 3, 2, 2], gamma: [3], beta: [3]},
    run: ({x, ...c}) => tfn.globalResponseNorm(x, {...c, axis: 1}), formula: response([2, 4, 3], true)},
  {name: 'standardizeWeights', in: {x: [2, 3, 4]},
    run: ({x}) => tfn.standardizeWeights(x), formula: standardized(4)},
  {name: 'standardizeWeights, scaled', in: {x: [2, 3, 2], gain: [2]},
    run: ({x, gain}) => tfn.standardizeWeights(x, {gain, scaled: true, gamma: 1.7}),
    formula: standardized(2, 1.7 / Math.sqrt(6))},
];

/** The errors of differences of this step are about 1e-10, and about 1e-8 of differences of differences. */
const STEP = 1e-4;

async function check({in: shapes, run, formula, scale = 1}: Row): Promise<void> {
  const names = Object.keys(shapes);
  const values = names.map((name, i) =>
    Array.from(random(tf.util.sizeFromShape(shapes[name]), 7 * i + 3, 0.3), v =>
      Math.fround(name === 'x' ? v * scale : v),
    ),
  );
  const tensors = names.map((name, i) => tf.tensor(values[i], shapes[name]));
  const named = <T>(of: T[]) => Object.fromEntries(names.map((name, i) => [name, of[i]]));
  const count = values[0].length;
  const w = Array.from(random(count, 90));
  const v = Array.from(random(count, 91), value => Math.fround(value * scale));

  const loss64 = (of: Numbers[]) => formula(named(of)).reduce((sum, y, i) => sum + y * w[i], 0);
  /** The slope of `f` as its input `which` moves along a direction. */
  const slope = (f: (of: Numbers[]) => number, of: Numbers[], which: number, along: Numbers) => {
    const size = STEP / rms(along);
    const moved = (sign: number) =>
      of.map((one, i) =>
        i === which ? one.map((value, j) => value + sign * size * along[j]) : one,
      );
    return (f(moved(1)) - f(moved(-1))) / (2 * size);
  };
  const gradients64 = (f: (of: Numbers[]) => number) =>
    values.map(
      (one, which) =>
      one.map((_, j) => slope(f, values, which, one.map((_, k) => (k === j ? 1 : 0)))), // prettier-ignore
    );

  const loss = (...of: tf.Tensor[]) => tf.sum(tf.mul(run(named(of)), tf.tensor(w, shapes['x'])));
  const along = (...of: tf.Tensor[]) =>
    tf.sum(tf.mul(tf.grads(loss)(of)[0], tf.tensor(v, shapes['x'])));
  const close = async (what: string, found: tf.Tensor, expected: Numbers, tolerance: number) =>
    assertClose(what, await found.data(), expected, tolerance, Math.max(rms(expected), 1e-3));

  await close('value', run(named(tensors)), formula(named(values)), 2e-6);
  const first = gradients64(loss64);
  for (const [i, found] of tf.grads(loss)(tensors).entries()) {
    await close(`d${names[i]}`, found, first[i], 1e-5);
  }
  const second = gradients64(of => slope(loss64, of, 0, v));
  // Where x's gradient does not depend on an input, tfjs has none of it.
  const again = names.flatMap((_, i) => (rms(second[i]) > 1e-5 ? [i] : []));
  const some = (...of: tf.Tensor[]) =>
    along(...tensors.map((t, i) => (again.includes(i) ? of[again.indexOf(i)] : t)));
  for (const [j, found] of tf
    .grads(some)(again.map(i => tensors[i]))
    .entries()) {
    await close(`second order by ${names[again[j]]}`, found, second[again[j]], 1e-4);
  }
}

export const formulaCases: Case[] = ROWS.map(row =>
  tidyCase(`${row.name}: formula`, () => check(row)),
);
