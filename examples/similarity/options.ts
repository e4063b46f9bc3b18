import {type Backend, BACKENDS} from '../shared/backend.js';
import {integer, oneOf, parse} from '../shared/options.js';

export const USAGE = `Trains embeddings of digits that are compared by similarity, with and without
unitNormalization, and attention whose weights are made by softmax and by L1 normalization.

    npm run example:similarity -- [option]...

  --steps N        training steps of each embedding (150) and, twice as many, of each attention
  --seeds N        initial weights and orders of the digits (5)
  --backend NAME   ${BACKENDS.join(', ')} (the fastest that is there)
  --out DIR        where the report goes (examples/similarity/report)
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
    steps: {type: 'string', default: '150'},
    seeds: {type: 'string', default: '5'},
    backend: {type: 'string'},
    out: {type: 'string'},
    help: {type: 'boolean', default: false},
  });
  return {
    steps: integer('steps', steps, 1),
    seeds: integer('seeds', seeds, 1),
    ...(backend != null && {backend: oneOf('backend', BACKENDS, backend)}),
    ...(out != null && {out}),
    help,
  };
}
