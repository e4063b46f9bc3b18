/** Power normalization step by step, against the port in float64. */
import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {random} from '../random.js';
import {assertClose, assertSame} from '../close.js';
import {type Case, tidyCase} from './case.js';
import {powerNormStep64, type Settings64, state64} from './power_norm64.js';

// Each step's state builds on the rounding of all before.
const STATE = 1e-6;
// Gradients are sums in which most cancels.
const GRADIENT = 1e-5;
const STEPS = 30;
const POSITIONS = 24;
const C = 6;

const SETTINGS = {epsilon: 1e-5, alphaForward: 0.9, alphaBackward: 0.9, warmupSteps: 10};

type Layout = {name: string; shape: number[]; axis: number};
type Rows = Record<'x' | 'dy' | 'gamma' | 'beta', Float32Array>;

const ROWS: Layout = {name: 'rank 2', shape: [24, C], axis: 1};
const SEQUENCES: Layout = {name: 'rank 3', shape: [4, 6, C], axis: 2};
const FIRST = {mode: 'reference', groups: 2} as const;

const TRAININGS: Array<{layout: Layout; mode: Settings64['mode']; groups: number}> = [
  {layout: ROWS, ...FIRST},
  {layout: ROWS, mode: 'paper', groups: 3},
  {layout: ROWS, mode: 'reference', groups: 1},
  {layout: SEQUENCES, ...FIRST},
  {layout: {name: 'rank 5', shape: [2, 3, 2, 2, C], axis: 4}, ...FIRST},
  {layout: {name: 'channels first', shape: [4, C, 3, 2], axis: 1}, ...FIRST},
  {layout: {name: 'channels at axis 0', shape: [C, 24], axis: 0}, ...FIRST},
];

/** `forward` is how near to float64 the values are. */
export const powerNormCases = (forward: number): Case[] => [
  ...TRAININGS.map(({layout, ...settings}) =>
    tidyCase(`${layout.name}: ${STEPS} steps of ${Object.values(settings).join()} groups`, () =>
      train(layout, {...SETTINGS, ...settings}, forward),
    ),
  ),
  tidyCase(`${STEPS} steps with padding of another length each`, () =>
    // In each row of 6 positions the first ones count.
    train(SEQUENCES, {...SETTINGS, ...FIRST}, forward, step =>
      Array.from({length: POSITIONS}, (_, i) => i % 6 < 1 + ((i + step) % 6)),
    ),
  ),
];

/** Training steps, all of them as the port's, and the state after each. */
async function train(
  layout: Layout,
  settings: Settings64,
  forward: number,
  validAt?: (step: number) => boolean[],
) {
  const {mode: backwardMode, ...config} = settings;
  const tolerances: Record<string, number> = {y: forward, phi: STATE, nu: STATE};
  const expected = state64(C);
  const state = tfn.powerNormState(C);
  const [gamma, beta] = [random(C, 1, 1, 0.5), random(C, 2)];
  for (let step = 0; step < STEPS; step++) {
    // Channels of different size, which change over the training.
    const x = random(POSITIONS * C, 100 + step, 0.5, 1 + step / 15).map(
      (v, i) => v * (1 + (i % C)),
    );
    const rows = {x, dy: random(POSITIONS * C, 200 + step, 0.3, 0.2), gamma, beta};
    const isValid = validAt?.(step) ?? new Array<boolean>(POSITIONS).fill(true);
    const actual = tf.tidy(() => {
      const mask = validAt && tf.tensor(isValid, layout.shape.slice(0, -1), 'bool');
      return trainingStep(rows, layout, state, {...config, backwardMode, mask});
    });
    const parameters = {gamma: [...gamma], beta: [...beta]};
    const inputs = {x: rowsOf(x), dy: rowsOf(rows.dy), ...parameters, isValid};
    const {y, dx, ...truth} = powerNormStep64(inputs, expected, settings);
    const all = {y: y.flat(), dx: dx.flat(), ...truth, phi: expected.phi, nu: expected.nu};
    for (const [name, values] of Object.entries(all)) {
      assertClose(name, await actual[name].data(), values, tolerances[name] ?? GRADIENT);
    }
    assertSame('step', await actual['step'].data(), [expected.step]);
    for (const t of Object.values(actual)) if (!(t instanceof tf.Variable)) t.dispose();
  }
  tf.dispose(state);
}

const rowsOf = (values: Float32Array): number[][] =>
  Array.from({length: POSITIONS}, (_, i) => Array.from(values.slice(i * C, (i + 1) * C)));

/** A step on positions in rows, which the op sees in `shape` with the channels at `axis`. */
function trainingStep(
  rows: Rows,
  {shape, axis}: Layout,
  state: tfn.PowerNormState,
  config: tfn.PowerNormConfig,
): Record<string, tf.Tensor> {
  const channelsLast = shape.map((_, i) => i).filter(i => i !== axis);
  channelsLast.push(axis);
  const inverse = shape.map((_, i) => channelsLast.indexOf(i));
  const sizes = channelsLast.map(i => shape[i]);
  const toLayout = (values: Float32Array) => tf.transpose(tf.tensor(values, sizes), inverse);
  const fromLayout = (t: tf.Tensor) => tf.transpose(t, channelsLast);
  const {value, grads} = tf.valueAndGrads((x, gamma, beta) =>
    tfn.powerNorm(x, state, {...config, axis, gamma, beta, training: true}),
  )([toLayout(rows.x), tf.tensor1d(rows.gamma), tf.tensor1d(rows.beta)], toLayout(rows.dy));
  const [dx, dgamma, dbeta] = grads;
  return {y: fromLayout(value), dx: fromLayout(dx), dgamma, dbeta, ...state};
}
