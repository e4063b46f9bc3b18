import * as tf from '@tensorflow/tfjs';
import {type Batch, type Digits, toBatch} from './data.js';
import {buildModel, type Hyperparameters, NETWORKS} from './model.js';
import {type Backend, BACKENDS, UsageError} from './options.js';
import {BATCH_SIZE} from './train.js';

/** How long a training step takes on a backend, or why there is none. */
export interface Probe {
  backend: Backend;
  milliseconds?: number;
  problem?: string;
}

export const describeProbe = ({backend, milliseconds, problem}: Probe): string =>
  `${backend} ${milliseconds?.toFixed(1) ?? `- (${problem})`}`;

const PACKAGES: Record<Backend, string> = {
  tensorflow: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs',
};

const STEPS = 12;

/**
 * Sets the backend: the one that was asked for, else the fastest. Measured, since which one that
 * is depends on the machine, and on which operations each backend lacks.
 */
export async function chooseBackend(
  asked: Backend | undefined,
  digits: Digits,
  params: Hyperparameters,
): Promise<{backend: Backend; probes: Probe[]}> {
  const probes: Probe[] = [];
  for (const backend of asked == null ? BACKENDS : [asked]) {
    probes.push(await probe(backend, digits, params));
  }
  const able = probes.filter(({milliseconds}) => milliseconds != null);
  if (able.length === 0) {
    throw new UsageError(probes.map(({backend, problem}) => `${backend}: ${problem}`).join('\n'));
  }
  const {backend} = able.reduce((a, b) => (b.milliseconds! < a.milliseconds! ? b : a));
  await tf.setBackend(backend);
  return {backend, probes};
}

async function probe(backend: Backend, digits: Digits, params: Hyperparameters): Promise<Probe> {
  try {
    await import(PACKAGES[backend]);
  } catch (error) {
    const {code, message} = error as NodeJS.ErrnoException;
    const isAbsent = code === 'ERR_MODULE_NOT_FOUND';
    const absent = `not there; it comes with the package ${PACKAGES[backend]}`;
    return {backend, problem: isAbsent ? absent : `does not load: ${message.split('\n')[0]}`};
  }
  try {
    if (!(await tf.setBackend(backend))) return {backend, problem: 'does not start here'};
    const batch = toBatch(
      digits,
      Array.from({length: BATCH_SIZE}, (_, i) => i),
    );
    const milliseconds = await stepTime(batch, params);
    tf.dispose(batch);
    return {backend, milliseconds};
  } catch (error) {
    return {backend, problem: `cannot train this network: ${(error as Error).message}`};
  }
}

async function stepTime({x, y}: Batch, params: Hyperparameters): Promise<number> {
  const model = buildModel(NETWORKS.batchNorm, params);
  const times: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    await model.trainOnBatch(x, y);
    times.push(performance.now() - start);
  }
  model.dispose();
  // The shortest: so few steps are soon disturbed, by compilers or other programs.
  return Math.min(...times);
}
