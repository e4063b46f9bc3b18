import {type Backend, BACKENDS} from '../shared/backend.js';
import {integer, oneOf, parse} from '../shared/options.js';

export const USAGE = `Trains a small convolutional network on MNIST with batch norm, group norm and neither, with
batches of several sizes, as in Figure 1 of Wu & He 2018.

    npm run example:mnist-cnn -- [option]...

  --examples N     digits that each network sees (12800)
  --batches LIST   sizes of the batches (32,8,4,2)
  --seed N         of the initial weights and the order of the digits (1)
  --backend NAME   ${BACKENDS.join(', ')} (the fastest that is there)
  --out DIR        where the report goes (examples/mnist-cnn/report)
  --help           this text

Ctrl-C stops the training and leaves the report of the networks that were trained so far.`;

export interface Options {
  examples: number;
  batches: number[];
  seed: number;
  /** Absent: the fastest that is there. */
  backend?: Backend;
  /** Absent: the folder `report` beside the program. */
  out?: string;
  help: boolean;
}

export function parseOptions(args: string[]): Options {
  const {backend, out, help, ...values} = parse(args, {
    examples: {type: 'string', default: '12800'},
    batches: {type: 'string', default: '32,8,4,2'},
    seed: {type: 'string', default: '1'},
    backend: {type: 'string'},
    out: {type: 'string'},
    help: {type: 'boolean', default: false},
  });
  const batches = values.batches.split(',').map(text => integer('batches', text, 1));
  return {
    examples: integer('examples', values.examples, Math.max(...batches)),
    batches,
    seed: integer('seed', values.seed, 0),
    ...(backend != null && {backend: oneOf('backend', BACKENDS, backend)}),
    ...(out != null && {out}),
    help,
  };
}
