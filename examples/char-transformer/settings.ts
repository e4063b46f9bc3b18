import {describeProbes, type Probe} from '../shared/backend.js';
import {machine, type Settings} from '../shared/machine.js';
import type {Options} from './options.js';
import type {Corpus} from './text.js';

/** All that one needs to know to run it again, or to believe its times. */
export const settings = (
  {experiment, seeds}: Options,
  corpus: Corpus,
  backend: string,
  probes: Probe[],
): Settings => ({
  backend,
  'milliseconds a step on each backend': describeProbes(probes),
  'characters of training text': corpus.training.length,
  'characters of validation text': corpus.validation.length,
  'different characters': corpus.characters.length,
  seeds,
  'steps of each training': experiment.steps,
  'passages in a batch': experiment.batch,
  'characters in a passage': experiment.context,
  width: experiment.width,
  blocks: experiment.blocks,
  'attention heads': experiment.heads,
  optimizer: 'Adam',
  'learning rate': experiment.learningRate,
  'warm-up of PowerNorm, steps': experiment.warmupSteps,
  'groups of PowerNorm': experiment.heads,
  ...machine(),
});
