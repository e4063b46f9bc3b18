import {type Backend, BACKENDS} from '../shared/backend.js';
import {integer, oneOf, parse, UsageError} from '../shared/options.js';
import {NORMALIZATION_NAMES, type NormalizationName} from './names.js';

/** The settings that decide the results. */
export interface Experiment {
  steps: number;
  /** Passages in a batch, and characters in a passage. */
  batch: number;
  context: number;
  width: number;
  blocks: number;
  heads: number;
  learningRate: number;
  /** For how many steps PowerNorm uses the batch's statistics. */
  warmupSteps: number;
  evaluateEvery: number;
}

const SHORT = {steps: 200, batch: 16, context: 32, width: 32, seeds: 3};
const FULL = {steps: 2000, batch: 16, context: 64, width: 64, seeds: 3};

const HEADS = 4;
const EVALUATIONS = 10;

export interface Options {
  experiment: Experiment;
  seeds: number;
  normalizations: NormalizationName[];
  /** Absent: the fastest that is there. */
  backend?: Backend;
  /** Absent: the folder `report` beside the program. */
  out?: string;
  help: boolean;
}

export const USAGE = `Trains a small character-level transformer on Moby Dick with each normalization.

    npm run example:char-transformer -- [option]...

  --full           a longer training of a larger model: about 50 minutes, not 4
  --steps N        training steps of each model (${SHORT.steps}; --full: ${FULL.steps})
  --seeds N        trainings with each normalization (${SHORT.seeds})
  --norm NAME      only this one; can be repeated (${NORMALIZATION_NAMES.join(', ')})
  --width N        of the model, a multiple of ${HEADS} (${SHORT.width}; --full: ${FULL.width})
  --context N      characters that the model sees (${SHORT.context}; --full: ${FULL.context})
  --batch N        passages in a batch (${SHORT.batch})
  --backend NAME   ${BACKENDS.join(', ')} (the fastest that is there)
  --out DIR        where the report goes (examples/char-transformer/report)
  --help           this text

Ctrl-C stops the training and leaves the report of what ran so far.`;

const text = {type: 'string'} as const;
const flag = {type: 'boolean', default: false} as const;

export function parseOptions(args: string[]): Options {
  const {norm, backend, out, ...values} = parse(args, {
    ...{full: flag, help: flag, backend: text, out: text},
    ...{steps: text, seeds: text, width: text, context: text, batch: text},
    norm: {type: 'string', multiple: true},
  });
  const preset = values.full ? FULL : SHORT;
  const number = (name: keyof typeof preset) => integer(name, values[name] ?? `${preset[name]}`, 1);
  const [steps, batch, context, width] = [
    number('steps'),
    number('batch'),
    number('context'),
    number('width'),
  ];
  if (width % HEADS !== 0) {
    throw new UsageError(`--width must be a multiple of ${HEADS}, but is ${width}`);
  }
  return {
    experiment: {
      ...{steps, batch, context, width},
      blocks: 2,
      heads: HEADS,
      learningRate: 3e-3,
      warmupSteps: Math.ceil(steps / 10),
      evaluateEvery: Math.ceil(steps / EVALUATIONS),
    },
    seeds: number('seeds'),
    normalizations:
      norm?.map(name => oneOf('norm', NORMALIZATION_NAMES, name)) ?? NORMALIZATION_NAMES,
    ...(backend != null && {backend: oneOf('backend', BACKENDS, backend)}),
    ...(out != null && {out}),
    help: values.help,
  };
}
