import {type Backend, BACKENDS} from '../shared/backend.js';
import {integer, oneOf, parse} from '../shared/options.js';

export interface Options {
  steps: number;
  sweep: boolean;
  seed: number;
  /** Absent: the fastest that is there. */
  backend?: Backend;
  /** Absent: the folder `report` beside the program. */
  out?: string;
  help: boolean;
}

const DEFAULT_STEPS = 1500;

export const USAGE = `Trains a deep sigmoid network on MNIST with and without normalization.

    npm start -- [option]...

  --steps N        training steps of each network (${DEFAULT_STEPS})
  --sweep          also try other learning rates, N / 5 steps each
  --seed N         of the initial weights and the order of the digits (1)
  --backend NAME   ${BACKENDS.join(', ')} (the fastest that is there)
  --out DIR        where the report goes (examples/mnist-sigmoid/report)
  --help           this text

Ctrl-C stops the training and leaves the report of what ran so far.`;

export function parseOptions(args: string[]): Options {
  const {steps, sweep, seed, backend, out, help} = parse(args, {
    steps: {type: 'string', default: String(DEFAULT_STEPS)},
    sweep: {type: 'boolean', default: false},
    seed: {type: 'string', default: '1'},
    backend: {type: 'string'},
    out: {type: 'string'},
    help: {type: 'boolean', default: false},
  });
  return {
    steps: integer('steps', steps, 1),
    sweep,
    seed: integer('seed', seed, 0),
    ...(backend != null && {backend: oneOf('backend', BACKENDS, backend)}),
    ...(out != null && {out}),
    help,
  };
}
