import * as tf from '@tensorflow/tfjs';
import {UsageError} from './options.js';

const PACKAGES = {
  tensorflow: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs',
};

export type Backend = keyof typeof PACKAGES;
export const BACKENDS = Object.keys(PACKAGES) as Backend[];

/** How long a training step takes on a backend, or why there is none. */
export interface Probe {
  backend: Backend;
  milliseconds?: number;
  problem?: string;
}

export const describeProbes = (probes: Probe[]): string =>
  probes
    .map(({backend, milliseconds, problem}) =>
      milliseconds == null ? `${backend} - (${problem})` : `${backend} ${milliseconds.toFixed(1)}`,
    )
    .join('; ');

/**
 * Sets the backend: the one that was asked for, else the fastest. It is found by measuring, since
 * it depends on the machine and on which operations each backend lacks.
 */
export async function chooseBackend(
  asked: Backend | undefined,
  step: TrainingStep,
): Promise<{backend: Backend; probes: Probe[]}> {
  const probes: Probe[] = [];
  for (const backend of asked == null ? BACKENDS : [asked]) probes.push(await probe(backend, step));
  const able = probes.filter(({milliseconds}) => milliseconds != null);
  if (able.length === 0) {
    throw new UsageError(probes.map(({backend, problem}) => `${backend}: ${problem}`).join('\n'));
  }
  const {backend} = able.reduce((a, b) => (b.milliseconds! < a.milliseconds! ? b : a));
  await tf.setBackend(backend);
  console.log(`Milliseconds a step: ${describeProbes(probes)}`);
  return {backend, probes};
}

async function probe(backend: Backend, step: TrainingStep): Promise<Probe> {
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
    return {backend, milliseconds: await stepTime(step)};
  } catch (error) {
    return {backend, problem: `cannot train this model: ${(error as Error).message}`};
  }
}

/** Builds a model, and returns its training step and what disposes of it. */
export type TrainingStep = () => {step: () => Promise<unknown>; dispose: () => void};

/** The training step of a model on one batch. */
export const stepOn = (model: tf.Sequential, {x, y}: {x: tf.Tensor; y: tf.Tensor}) => ({
  step: () => model.trainOnBatch(x, y),
  dispose: () => {
    tf.dispose([x, y]);
    model.dispose();
  },
});

const MOST_STEPS = 12;
// The first steps are slow, since kernels are compiled in them.
const LEAST_STEPS = 3;
/** After this, a backend that is slow needs no closer look. */
const ENOUGH_MILLISECONDS = 2000;

async function stepTime(start: TrainingStep): Promise<number> {
  const {step, dispose} = start();
  const times: number[] = [];
  let all = 0;
  while (times.length < LEAST_STEPS || (times.length < MOST_STEPS && all < ENOUGH_MILLISECONDS)) {
    const start = performance.now();
    await step();
    times.push(performance.now() - start);
    all += times.at(-1)!;
  }
  dispose();
  // The shortest one counts: compilers or other programs easily disturb so few steps.
  return Math.min(...times);
}
