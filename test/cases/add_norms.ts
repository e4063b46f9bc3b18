/** The ops that add a residual, beside the same in tf ops and our plain norms. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {assertClose, rms} from '../close.js';
import {random} from '../random.js';
import {type Case, onCpu, tidyCase, withGradients} from './case.js';

type Row = {
  name: string;
  op: 'addLayerNorm' | 'addRmsNorm';
  shape: number[];
  config?: tfn.AddLayerNormConfig;
  gamma?: number[];
  beta?: number[];
  gate?: number[];
};

// prettier-ignore
const ROWS: Row[] = [
  {name: 'rows', op: 'addLayerNorm', shape: [9, 3, 67], gamma: [67], beta: [67]},
  {name: 'rows with alpha', op: 'addRmsNorm', shape: [61, 33], gamma: [33], config: {alpha: 1.7}},
  {name: 'long rows', op: 'addRmsNorm', shape: [7, 300], gamma: [300]},
  {name: 'long rows with a gate of each example',
    ...{op: 'addLayerNorm', shape: [2, 5, 300], gate: [2, 1, 300], config: {alpha: 0.5}}},
  {name: 'AdaLN-Zero', ...{op: 'addLayerNorm', shape: [3, 7, 30], config: {gammaOffset: 1}},
    ...{gamma: [3, 1, 30], beta: [3, 1, 30], gate: [3, 1, 30]}},
  {name: 'a gate of the features, and an activation',
    ...{op: 'addLayerNorm', shape: [23, 20], gamma: [20], beta: [20], gate: [20]}, config: {activation: 'silu'}},
  {name: 'long rows, activated', op: 'addLayerNorm', shape: [5, 300], gamma: [300], config: {activation: 'gelu'}},
  {name: 'a gate of each element', op: 'addRmsNorm', shape: [5, 9], gamma: [9], gate: [5, 9]},
  {name: 'a gate of each row', op: 'addRmsNorm', shape: [5, 9], gate: [5, 1]},
  {name: 'rows of three', op: 'addLayerNorm', shape: [41, 3], gamma: [3], beta: [3]},
  {name: 'channels first',
    ...{op: 'addLayerNorm', shape: [3, 6, 35], config: {axis: 1}, gamma: [6], beta: [6], gate: [6]}},
  {name: 'channels first, no parameters', op: 'addRmsNorm', shape: [3, 6, 35], config: {axis: 1}},
  {name: 'a parameter of each row', op: 'addLayerNorm', shape: [9, 300], gamma: [9, 1]},
  {name: 'two axes', op: 'addLayerNorm', shape: [3, 4, 5], config: {axis: [1, 2]}, gamma: [4, 5]},
];

const INPUTS = ['x', 'residual', 'gamma', 'beta', 'gate'] as const;
type Inputs = Partial<Record<(typeof INPUTS)[number], tf.Tensor>> & Record<'x' | 'residual', tf.Tensor>; // prettier-ignore
type Both = {y: tf.Tensor; sum: tf.Tensor};

/** The same in ops without a residual. */
function composed({op, config = {}}: Row, {x, residual, gate, ...params}: Inputs): Both {
  const {alpha = 1, ...others} = config;
  const sum = tf.add(gate == null ? x : tf.mul(broadcast(gate, x, config), x), tf.mul(residual, alpha)); // prettier-ignore
  const norm = op === 'addRmsNorm' ? tfn.rmsNorm : tfn.layerNorm;
  return {y: norm(sum, {...others, ...params}), sum};
}

/** A gate of the features as one of x's rank. */
const broadcast = (gate: tf.Tensor, x: tf.Tensor, {axis = -1}: tfn.AddLayerNormConfig) =>
  gate.rank === x.rank || axis === -1
    ? gate
    : tf.reshape(gate, x.shape.map((size, i) => (i === axis ? size : 1))); // prettier-ignore

const added = ({op, config = {}}: Row, {x, residual, ...params}: Inputs): Both =>
  tfn[op](x, residual, {...config, ...params});

/** The outputs that have a gradient. */
const OF = ['both', 'y', 'sum'] as const;

/** The row's inputs by their names, a function of them, and gradients by some of these. */
function setUp(row: Row) {
  const {shape, gamma, beta, gate} = row;
  const shapes = {x: shape, residual: shape, gamma, beta, gate};
  const names = INPUTS.filter(name => shapes[name] != null);
  const tensor = (size: number[], seed: number) =>
    tf.tensor(random(tf.util.sizeFromShape(size), seed, 0.5, 1.5), size);
  const inputs = names.map((name, i) => tensor(shapes[name]!, i + 1));
  const [dy, dsum, v] = [11, 12, 13].map(seed => tensor(shape, seed));
  const output =
    (how: typeof added, of: (typeof OF)[number]) =>
    (...tensors: tf.Tensor[]) => {
      const named = Object.fromEntries(names.map((name, i) => [name, tensors[i]]));
      const {y, sum} = how(row, named as Inputs);
      return {both: () => withGradients([y, sum], () => [dsum]), y: () => y, sum: () => sum}[of]();
    };
  const dys = {both: dy, y: dy, sum: dsum};
  const gradients = (
    f: (...tensors: tf.Tensor[]) => tf.Tensor,
    by: readonly string[],
    dy?: tf.Tensor,
  ) => {
    const at = names.flatMap((name, i) => (by.includes(name) ? [i] : []));
    const some = (...tensors: tf.Tensor[]) =>
      f(...inputs.map((input, i) => (at.includes(i) ? tensors[at.indexOf(i)] : input)));
    return tf.grads(some)(
      at.map(i => inputs[i]),
      dy,
    );
  };
  return {names, inputs, dys, v, output, gradients};
}

type SetUp = ReturnType<typeof setUp>;

/** Our results against those in tf ops, for which a GPU would compile a program an op. */
async function compare(
  row: Row,
  resultsOf: (how: typeof added, setUp: SetUp) => tf.NamedTensorMap,
  tolerance: (name: string) => number,
): Promise<void> {
  const run = async (how: typeof added): Promise<Array<[string, tf.TypedArray]>> => {
    const results = Object.entries(resultsOf(how, setUp(row)));
    return Promise.all(results.map(async ([name, t]) => [name, await t.data()]));
  };
  const found = Object.fromEntries(await run(added));
  for (const [name, expected] of await onCpu(() => run(composed))) {
    assertClose(name, found[name], expected, tolerance(name), Math.max(1, rms(expected)));
  }
}

const firstOrder = (row: Row): Promise<void> =>
  compare(
    row,
    (how, {names, inputs, dys, output, gradients}) => {
      // The sum alone has no gradient in gamma and beta.
      const wrt = {both: names, y: names, sum: names.filter(name => !/gamma|beta/.test(name))};
      const named = Object.fromEntries(names.map((name, i) => [name, inputs[i]])) as Inputs;
      const grads = OF.flatMap(of =>
        gradients(output(how, of), wrt[of], dys[of]).map((t, i) => [`d${wrt[of][i]} of ${of}`, t]),
      );
      return {...how(row, named), ...(Object.fromEntries(grads) as tf.NamedTensorMap)};
    },
    name => ({y: 2e-6, sum: 1e-6})[name] ?? 1e-5,
  );

const secondOrder = (row: Row): Promise<void> =>
  compare(
    row,
    (how, {names, dys, v, output, gradients}) => {
      // Without an activation, dx does not depend on beta.
      const by = names.filter(name => name !== 'beta' || row.config?.activation != null);
      const along = (...tensors: tf.Tensor[]) => {
        const [dx, dresidual] = tf.grads(output(how, 'both'))(tensors, dys.both);
        return tf.sum(tf.mul(v, tf.add(dx, tf.mul(2, dresidual))));
      };
      const seconds = gradients(along, by).map((t, i) => [`by ${by[i]}`, t]);
      return Object.fromEntries(seconds) as tf.NamedTensorMap;
    },
    () => 1e-4,
  );

export const addNormCases: Case[] = ROWS.flatMap(row => {
  const name = `${row.op} of ${row.name}, [${row.shape.join(', ')}]`;
  return [
    tidyCase(name, () => firstOrder(row)),
    tidyCase(`second order of ${name}`, () => secondOrder(row)),
  ];
});
