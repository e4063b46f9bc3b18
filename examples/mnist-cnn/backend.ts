import * as tf from '@tensorflow/tfjs';
import {UsageError} from './options.js';

const PACKAGES: Record<string, string> = {
  tensorflow: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs',
};

/** Sets the backend that was asked for, else `tensorflow` where it is there, else `cpu`. */
export async function chooseBackend(asked: string | undefined): Promise<string> {
  if (asked != null && !(asked in PACKAGES)) {
    throw new UsageError(`--backend must be one of ${Object.keys(PACKAGES).join(', ')}`);
  }
  const problem = await start(asked ?? 'tensorflow');
  if (problem == null) return tf.getBackend();
  if (asked != null) throw new UsageError(`--backend ${asked}: ${problem}`);
  console.log(`Without the backend tensorflow (${problem}), this takes hours.`);
  await start('cpu');
  return tf.getBackend();
}

async function start(name: string): Promise<string | null> {
  try {
    await import(PACKAGES[name]);
    return (await tf.setBackend(name)) ? null : 'it does not start here';
  } catch (error) {
    return (error as Error).message.split('\n')[0];
  }
}
