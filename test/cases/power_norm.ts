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
const LAYOUTS: Layout[] = [
  {name: 'rank 3', shape: [4, 6, C], axis: 2},
  {name: 'rank 5', shape: [2, 3, 2, 2, C], axis: 4},
  {name: 'channels first', shape: [4, C, 3, 2], axis: 1},
  {name: 'channels at axis 0', shape: [C, 24], axis: 0},
];

const MODES = [
  {mode: 'reference', groups: 2},
  {mode: 'paper', groups: 3},
  {mode: 'reference', groups: 1},
] as const;

/** `forward` is how near to float64 the values are. */
export const powerNormCases = (forward: number): Case[] => [
  ...[
    ...MODES.map(settings => ({layout: ROWS, ...settings})),
    ...LAYOUTS.map(layout => ({layout, ...MODES[0]})),
  ].map(({layout, ...settings}) =>
    tidyCase(
      `${layout.name}: ${STEPS} steps of ${settings.mode} with ${settings.groups} groups`,
      () => train(layout, {...SETTINGS, ...settings}, forward),
    ),
  ),
  tidyCase(`${STEPS} steps with padding of another length each`, () =>
    train(
      {name: 'padded', shape: [4, 6, C], axis: 2},
      {...SETTINGS, groups: 2, mode: 'reference'},
      forward,
      // In each row of 6 positions the first ones count.
      step => Array.from({length: POSITIONS}, (_, i) => i % 6 < 1 + ((i + step) % 6)),
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
  const expected = state64(C);
  const state = tfn.powerNormState(C);
  const [gamma, beta] = [random(C, 1, 1, 0.5), random(C, 2)];
  for (let step = 0; step < STEPS; step++) {
    // Channels of different size, which change over the training.
    const x = random(POSITIONS * C, 100 + step, 0.5, 1 + step / 15).map(
      (v, i) => v * (1 + (i % C)),
    );
    const rows = {x, dy: random(POSITIONS * C, 200 + step, 0.3, 0.2), gamma, beta};
    const isValid = validAt?.(step);
    const actual = await valuesOf(
      tf.tidy(() => {
        const mask = isValid && tf.tensor(isValid, layout.shape.slice(0, -1), 'bool');
        return trainingStep(rows, layout, state, {...config, backwardMode, mask});
      }),
    );
    const truth = powerNormStep64(
      {
        x: rowsOf(x),
        dy: rowsOf(rows.dy),
        gamma: [...gamma],
        beta: [...beta],
        isValid: isValid ?? new Array<boolean>(POSITIONS).fill(true),
      },
      expected,
      settings,
    );
    assertClose('y', actual['y'], truth.y.flat(), forward);
    assertClose('dx', actual['dx'], truth.dx.flat(), GRADIENT);
    assertClose('dgamma', actual['dgamma'], truth.dgamma, GRADIENT);
    assertClose('dbeta', actual['dbeta'], truth.dbeta, GRADIENT);
    assertClose('phi', actual['phi'], expected.phi, STATE);
    assertClose('nu', actual['nu'], expected.nu, STATE);
    assertSame('step', actual['step'], [expected.step]);
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

/** As arrays, which what is expected is as well. */
async function valuesOf(tensors: Record<string, tf.Tensor>) {
  const names = Object.keys(tensors);
  const values = await Promise.all(names.map(name => tensors[name].data()));
  for (const t of Object.values(tensors)) if (!(t instanceof tf.Variable)) t.dispose();
  return Object.fromEntries(names.map((name, i) => [name, values[i]]));
}
