import * as tf from '@tensorflow/tfjs';
import {buildModel, crossEntropy} from './model.js';
import {type Backend, BACKENDS, type Experiment, UsageError} from './options.js';
import {median} from './summary.js';
import {type Corpus, trainingBatch} from './text.js';

const PACKAGES: Record<Backend, string> = {
  tensorflow: '@tensorflow/tfjs-node',
  wasm: '@tensorflow/tfjs-backend-wasm',
  cpu: '@tensorflow/tfjs',
};

const WARM_UP_STEPS = 2;
const STEPS = 3;

/** How long a training step takes on a backend, or why there is none. */
export interface Probe {
  backend: Backend;
  milliseconds?: number;
  problem?: string;
}

export const describeProbe = ({backend, milliseconds, problem}: Probe): string =>
  `${backend} ${milliseconds?.toFixed(1) ?? `- (${problem})`}`;

/** Sets the backend: the one that was asked for, else the fastest as measured here. */
export async function chooseBackend(
  asked: Backend | undefined,
  experiment: Experiment,
  corpus: Corpus,
): Promise<{backend: Backend; probes: Probe[]}> {
  const probes: Probe[] = [];
  for (const backend of asked == null ? BACKENDS : [asked]) {
    probes.push(await probe(backend, experiment, corpus));
  }
  const able = probes.filter(({milliseconds}) => milliseconds != null);
  if (able.length === 0) {
    throw new UsageError(probes.map(({backend, problem}) => `${backend}: ${problem}`).join('\n'));
  }
  const {backend} = able.reduce((a, b) => (b.milliseconds! < a.milliseconds! ? b : a));
  await tf.setBackend(backend);
  return {backend, probes};
}

async function probe(backend: Backend, experiment: Experiment, corpus: Corpus): Promise<Probe> {
  try {
    await import(PACKAGES[backend]);
  } catch {
    return {backend, problem: `not there; it comes with the package ${PACKAGES[backend]}`};
  }
  try {
    if (!(await tf.setBackend(backend))) return {backend, problem: 'does not start here'};
    return {backend, milliseconds: stepTime(experiment, corpus)};
  } catch (error) {
    return {backend, problem: `cannot train this model: ${(error as Error).message}`};
  }
}

function stepTime(experiment: Experiment, corpus: Corpus): number {
  const characters = corpus.characters.length;
  const model = buildModel('power', {...experiment, characters}, 1);
  const optimizer = tf.train.sgd(0);
  const {x, y} = trainingBatch(corpus.training, experiment, 1, 0);
  const times: number[] = [];
  for (let step = 0; step < WARM_UP_STEPS + STEPS; step++) {
    const start = performance.now();
    const cost = optimizer.minimize(() => crossEntropy(model, x, y, true), true)!;
    cost.dataSync();
    cost.dispose();
    times.push(performance.now() - start);
  }
  tf.dispose([x, y]);
  model.dispose();
  return median(times.slice(WARM_UP_STEPS));
}
