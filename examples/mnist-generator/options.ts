import {type Backend, BACKENDS} from '../shared/backend.js';
import {integer, oneOf, parse} from '../shared/options.js';

/** The settings that decide the results. */
export interface Experiment {
  steps: number;
  /** Digits in a batch. */
  batch: number;
  width: number;
  blocks: number;
  learningRate: number;
  seed: number;
  /** Digits of each class that the classifier judges. */
  judged: number;
}

export interface Options {
  experiment: Experiment;
  /** Absent: the fastest that is there. */
  backend?: Backend;
  /** Absent: the folder `report` beside the program. */
  out?: string;
  help: boolean;
}

const DEFAULTS = {steps: '800', batch: '128', width: '256', seed: '1', judged: '100'};

export const USAGE = `Trains two small networks to draw MNIST digits of a class: one is told the class by adaptive
normalization in every block, the other at its input.

    npm run example:mnist-generator -- [option]...

  --steps N        training steps of each network (${DEFAULTS.steps})
  --batch N        digits in a batch (${DEFAULTS.batch})
  --width N        of the networks (${DEFAULTS.width})
  --judged N       digits of each class that are drawn for the classifier (${DEFAULTS.judged})
  --seed N         of the weights, the noise and the order of the digits (${DEFAULTS.seed})
  --backend NAME   ${BACKENDS.join(', ')} (the fastest that is there)
  --out DIR        where the report goes (examples/mnist-generator/report)
  --help           this text

Ctrl-C stops the training, draws digits with what was learnt so far, and leaves the report.`;

export function parseOptions(args: string[]): Options {
  const text = {type: 'string'} as const;
  const {backend, out, help, ...given} = parse(args, {
    ...{steps: text, batch: text, width: text, judged: text, seed: text},
    ...{backend: text, out: text, help: {type: 'boolean', default: false}},
  });
  const values = {...DEFAULTS, ...given};
  const number = (name: keyof typeof DEFAULTS, least = 1) => integer(name, values[name], least);
  return {
    experiment: {
      ...{steps: number('steps'), batch: number('batch'), width: number('width')},
      ...{blocks: 3, learningRate: 2e-3, seed: number('seed', 0), judged: number('judged')},
    },
    ...(backend != null && {backend: oneOf('backend', BACKENDS, backend)}),
    ...(out != null && {out}),
    help,
  };
}
