import * as tf from '@tensorflow/tfjs-core';
import * as tfn from '../../src/ops/index.js';
import {BACKENDS} from '../backends.js';
import {expectClose} from '../close.js';
import {random} from '../random.js';
import {powerNormStep64, type Settings64, state64} from './power_norm64.js';

// What docs/numerics.md promises of results.
const TOLERANCE = 2e-6;
// Gradients are sums in which most cancels.
const GRADIENT = 1e-5;
const C = 6;

const SETTINGS = {epsilon: 1e-5, alphaForward: 0.9, alphaBackward: 0.9, groups: 2};

type State = ReturnType<typeof tfn.powerNormState>;

const rowsOf = (values: Float32Array): number[][] =>
  Array.from({length: values.length / C}, (_, i) => Array.from(values.slice(i * C, (i + 1) * C)));

/** A training step on positions in rows, which the op sees in `shape` with the channels at `axis`. */
function trainingStep(
  rows: {x: Float32Array; dy: Float32Array; gamma: Float32Array; beta: Float32Array},
  {shape, axis}: {shape: number[]; axis: number},
  state: State,
  config: tfn.PowerNormConfig,
) {
  const channelsLast = shape.map((_, i) => i).filter(i => i !== axis);
  channelsLast.push(axis);
  const inverse = shape.map((_, i) => channelsLast.indexOf(i));
  const sizes = channelsLast.map(i => shape[i]);
  const toLayout = (values: Float32Array) => tf.transpose(tf.tensor(values, sizes), inverse);
  const fromLayout = (t: tf.Tensor) => tf.transpose(t, channelsLast).dataSync() as Float32Array;
  let y!: Float32Array;
  const [dx, dgamma, dbeta] = tf.grads((x, gamma, beta) => {
    const result = tfn.powerNorm(x, state, {...config, axis, gamma, beta, training: true});
    y = fromLayout(result);
    return result;
  })([toLayout(rows.x), tf.tensor1d(rows.gamma), tf.tensor1d(rows.beta)], toLayout(rows.dy));
  return {y, dx: fromLayout(dx), dgamma, dbeta};
}

const LAYOUTS = [
  {name: 'rank 2', shape: [24, C], axis: 1},
  {name: 'rank 3', shape: [4, 6, C], axis: 2},
  {name: 'rank 5', shape: [2, 3, 2, 2, C], axis: 4},
  {name: 'channels first', shape: [4, C, 3, 2], axis: 1},
  {name: 'channels at axis 0', shape: [C, 24], axis: 0},
];

describe.each(BACKENDS)('%s', backend => {
  beforeAll(async () => {
    await tf.setBackend(backend);
    // There tfjs copies what a gradient saves, and takes the copies for a kernel's leaks: it says
    // the same of its own tf.losses.softmaxCrossEntropy.
    if (backend === 'wasm') tf.env().set('IS_TEST', false);
  });

  afterAll(() => tf.env().set('IS_TEST', true));

  describe.each(LAYOUTS)('the port in float64: $name', layout => {
    test.each([
      ['reference', 2],
      ['paper', 3],
      ['reference', 1],
    ] as const)('60 steps of %s with %d groups, 20 of them warm-up', (mode, groups) => {
      tf.tidy(() => {
        const settings: Settings64 = {...SETTINGS, groups, mode, warmupSteps: 20};
        const {mode: backwardMode, ...config} = settings;
        const expected = state64(C);
        const state = tfn.powerNormState(C);
        const gamma = random(C, 1, 1, 0.5);
        const beta = random(C, 2);
        const valid = new Array<boolean>(24).fill(true);
        for (let step = 0; step < 60; step++) {
          // Channels of different size, which change over the training.
          const x = random(24 * C, 100 + step, 0.5, 1 + step / 30).map((v, i) => v * (1 + (i % C)));
          const dy = random(24 * C, 200 + step, 0.3, 0.2);
          const rows = {x, dy, gamma, beta};
          const actual = tf.tidy(() => {
            const {y, dx, dgamma, dbeta} = trainingStep(rows, layout, state, {
              ...config,
              backwardMode,
            });
            return {y, dx, dgamma: dgamma.dataSync(), dbeta: dbeta.dataSync()};
          });
          const [$gamma, $beta] = [Array.from(gamma), Array.from(beta)];
          const truth = powerNormStep64(
            {x: rowsOf(x), dy: rowsOf(dy), gamma: $gamma, beta: $beta, isValid: valid},
            expected,
            settings,
          );
          expectClose(actual.y, truth.y.flat(), TOLERANCE);
          expectClose(actual.dx, truth.dx.flat(), GRADIENT);
          expectClose(actual.dgamma, truth.dgamma, GRADIENT);
          expectClose(actual.dbeta, truth.dbeta, GRADIENT);
          expectClose(state.phi, expected.phi, TOLERANCE);
          expectClose(state.nu, expected.nu, TOLERANCE);
          expect(state.step.dataSync()[0]).toBe(expected.step);
        }
      });
    });
  });

  test('the port in float64: 60 steps with padding of another length each', () => {
    const config = {...SETTINGS, warmupSteps: 20};
    const expected = state64(C);
    const state = tfn.powerNormState(C);
    const gamma = random(C, 1, 1, 0.5);
    const beta = random(C, 2);
    for (let step = 0; step < 60; step++) {
      const isValid = Array.from({length: 24}, (_, i) => i % 6 < 1 + ((i + step) % 6));
      const x = random(24 * C, 100 + step, 0.5, 2);
      const dy = random(24 * C, 200 + step, 0.3, 0.2);
      tf.tidy(() => {
        const mask = tf.tensor(isValid, [4, 6], 'bool');
        const layout = {shape: [4, 6, C], axis: 2};
        const actual = trainingStep({x, dy, gamma, beta}, layout, state, {...config, mask});
        const truth = powerNormStep64(
          {x: rowsOf(x), dy: rowsOf(dy), gamma: [...gamma], beta: [...beta], isValid},
          expected,
          {...config, mode: 'reference'},
        );
        expectClose(actual.y, truth.y.flat(), TOLERANCE);
        expectClose(actual.dx, truth.dx.flat(), GRADIENT);
        expectClose(actual.dgamma, truth.dgamma, GRADIENT);
        expectClose(actual.dbeta, truth.dbeta, GRADIENT);
        expectClose(state.phi, expected.phi, TOLERANCE);
        expectClose(state.nu, expected.nu, TOLERANCE);
      });
    }
    tf.dispose(state);
  });
});
