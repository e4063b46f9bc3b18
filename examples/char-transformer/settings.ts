import {createRequire} from 'node:module';
import {cpus} from 'node:os';
import * as tf from '@tensorflow/tfjs';
import {describeProbe, type Probe} from './backend.js';
import type {Options} from './options.js';
import type {Corpus} from './text.js';

/** All that one needs to know to run it again, or to believe its times. */
export function settings(
  {experiment, seeds}: Options,
  corpus: Corpus,
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
    'milliseconds a step when it was chosen': probes.map(describeProbe).join('; '),
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
    'tfjs-normalization': version,
    'TensorFlow.js': tf.version.tfjs,
    'Node.js': process.version,
    processors: `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}`,
  };
}
