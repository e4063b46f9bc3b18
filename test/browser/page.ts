/** The script of the page. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import '../../src/ops/index.js';
import {measure} from '../golden/measure.js';
import {ifMasked} from './right_cast.js';
import {type Suite, type SuiteName, SUITES} from './suites.js';

/** A case's error, if it failed. */
type Failure = {message: string; stack: string};

let suite: Suite;

const page = {
  start: async (name: SuiteName): Promise<void> => {
    suite = SUITES[name];
    tf.env().set('IS_TEST', true);
    for (const [flag, value] of Object.entries(suite.flags)) tf.env().set(flag, value);
    if (!(await tf.setBackend(suite.backend))) throw new Error(`No backend ${suite.backend}.`);
    const half = suite.flags['WEBGL_FORCE_F16_TEXTURES'] ?? false;
    if ((await storesHalves()) !== half)
      throw new Error(`Textures are ${half ? 'not ' : ''}halves.`);
  },
  run: async (name: string): Promise<Failure | null> => {
    try {
      await suite.cases.find(c => c.name === name)!.run();
      await submittedWorkDone();
      return null;
    } catch (error) {
      const {message, stack = ''} = error as Error;
      return {message, stack};
    }
  },
  measure: () => measure(suite.backend === 'webgpu' ? ifMasked : undefined),
};

/** A software device: tfjs takes it in silence where the browser has nothing better. */
async function storesHalves(): Promise<boolean> {
  const stored = tf.tidy(() => tf.square(tf.tensor(new Float32Array(1000).fill(1 + 2 ** -16))));
  const [value] = await stored.data();
  stored.dispose();
  return value === 1;
}

/** Until WebGPU has reported what was wrong with any of it. */
async function submittedWorkDone() {
  const {device} = tf.backend() as unknown as {device?: GPUDevice};
  await device?.queue.onSubmittedWorkDone();
}

export type Page = typeof page;

Object.assign(globalThis, {page});
