import {createRequire} from 'node:module';
import {cpus, loadavg} from 'node:os';
import * as tf from '@tensorflow/tfjs';
import {describeProbe, type Probe} from './backend.js';
import type {Hyperparameters} from './model.js';
import type {Options} from './options.js';
import {BATCH_SIZE, EVALUATED} from './train.js';

/** All that one needs to know to run it again, or to believe its times. */
export function settings(
  options: Options,
  params: Hyperparameters,
  backend: string,
  probes: Probe[],
): Record<string, string | number> {
  const {version} = createRequire(import.meta.url)('tfjs-normalization/package.json') as {
    version: string;
  };
  const processors = cpus();
  return {
    date: new Date().toISOString(),
    backend,
    'milliseconds a step on each backend': probes.map(describeProbe).join('; '),
    'steps of each network': options.steps,
    'batch size': BATCH_SIZE,
    optimizer: 'stochastic gradient descent',
    'learning rate': params.learningRate,
    'standard deviation of the initial weights': params.stddev,
    seed: params.seed,
    'test digits in the curves': EVALUATED,
    'tfjs-normalization (tfn)': version,
    'TensorFlow.js (tf)': tf.version.tfjs,
    'Node.js': process.version,
    processors: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
    'load average at the end': loadavg()
      .map(load => load.toFixed(2))
      .join(', '),
  };
}
