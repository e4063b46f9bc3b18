/** Programs of tfjs's layers learn under `accelerate` what they learnt. */
import * as tf from '@tensorflow/tfjs';
import * as tfn from '../../src/index.js';
import {BACKENDS} from '../backends.js';
import {kernelsRun} from '../kernels_run.js';
import {random} from '../random.js';
import {type Move, type Program, PROGRAMS} from './programs.js';

const STEPS = 20;
const CLOSE = 1e-5;

const stay: Move = () => undefined;

/** By 1e-7 of each weight, which is about the last bit that it has. */
const moveBy =
  (seed: number): Move =>
  model => {
    const moved = model.getWeights().map((weight, i) => {
      const noise = tf.tensor(random(weight.size, 100 * seed + i, 0, 1e-7), weight.shape);
      return tf.mul(weight, tf.add(1, noise));
    });
    model.setWeights(moved);
  };

/** The most by which the losses differ at any step. */
const distance = (a: number[], b: number[]) =>
  Math.max(...a.map((loss, i) => Math.abs(loss - b[i])));

/** A program's losses, and the kernels that it ran. */
async function trained(program: Program, move: Move) {
  let losses: number[] = [];
  tf.engine().startScope();
  try {
    const kernels = await kernelsRun(async () => void (losses = await program(STEPS, move)));
    return {losses, kernels};
  } finally {
    tf.engine().endScope();
    tf.disposeVariables();
  }
}

// tfjs cannot train convolutions and embeddings on wasm.
describe.each(BACKENDS.filter(backend => backend !== 'wasm'))('%s', backend => {
  beforeAll(() => tf.setBackend(backend));

  test.each(Object.entries(PROGRAMS))(
    'a %s has the losses of tfjs',
    async (_, program) => {
      const tfjs = await trained(program, stay);
      const undo = tfn.accelerate();
      const ours = await trained(program, stay);
      undo();
      expect(tfjs.losses[STEPS - 1]).not.toBeCloseTo(tfjs.losses[0], 2);
      expect([tfjs, ours].map(({kernels}) => kernels.has('FusedNormalizeGrad'))).toEqual([
        false,
        true,
      ]);
      const found = distance(ours.losses, tfjs.losses);
      if (found <= CLOSE) return;
      const astray: number[] = [];
      for (const seed of [1, 2, 3])
        astray.push(distance((await trained(program, moveBy(seed))).losses, tfjs.losses));
      expect(found).toBeLessThanOrEqual(Math.max(...astray));
    },
    120_000,
  );
});
