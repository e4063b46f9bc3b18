import {describeProbes, type Probe} from '../shared/backend.js';
import {machine, type Settings} from '../shared/machine.js';
import type {Hyperparameters} from './model.js';
import type {Options} from './options.js';
import {BATCH_SIZE, EVALUATED} from './train.js';

/** All that one needs to know to run it again, or to believe its times. */
export const settings = (
  options: Options,
  params: Hyperparameters,
  backend: string,
  probes: Probe[],
): Settings => ({
  backend,
  'milliseconds a step on each backend': describeProbes(probes),
  'steps of each network': options.steps,
  'batch size': BATCH_SIZE,
  optimizer: 'stochastic gradient descent',
  'learning rate': params.learningRate,
  'standard deviation of the initial weights': params.stddev,
  seed: params.seed,
  'test digits in the curves': EVALUATED,
  ...machine(),
});
