import {type Backend, BACKENDS} from '../shared/backend.js';
import {integer, oneOf, parse} from '../shared/options.js';

export const USAGE = `Trains a linear model and a small network on features whose scales differ by orders of
magnitude: raw, with Normalization, and with batch norm on the inputs.

    npm run example:feature-scaling -- [option]...

  --steps N        training steps of each linear model (300) and each network
  --seeds N        splits and initial weights of the network (10)
  --backend NAME   ${BACKENDS.join(', ')} (the fastest that is there)
  --out DIR        where the report goes (examples/feature-scaling/report)
  --help           this text

Ctrl-C stops the training and leaves the report of what ran so far.`;

export interface Options {
  steps: number;
  seeds: number;
  /** Absent: the fastest that is there. */
  backend?: Backend;
  /** Absent: the folder `report` beside the program. */
  out?: string;
  help: boolean;
}

export function parseOptions(args: string[]): Options {
  const {steps, seeds, backend, out, help} = parse(args, {
    steps: {type: 'string', default: '300'},
    seeds: {type: 'string', default: '10'},
    backend: {type: 'string'},
    out: {type: 'string'},
    help: {type: 'boolean', default: false},
  });
  return {
    steps: integer('steps', steps, 2),
    seeds: integer('seeds', seeds, 1),
    ...(backend != null && {backend: oneOf('backend', BACKENDS, backend)}),
    ...(out != null && {out}),
    help,
  };
}
