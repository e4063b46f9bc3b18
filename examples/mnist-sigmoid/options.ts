import {parseArgs} from 'node:util';

export const BACKENDS = ['tensorflow', 'wasm', 'cpu'] as const;
export type Backend = (typeof BACKENDS)[number];

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

export const DEFAULT_STEPS = 1500;

export const USAGE = `Trains a deep sigmoid network on MNIST with and without normalization.

    npm start -- [option]...

  --steps N        training steps of each network (${DEFAULT_STEPS})
  --sweep          also try other learning rates and initial weights, N / 5 steps each
  --seed N         of the initial weights and the order of the digits (1)
  --backend NAME   ${BACKENDS.join(', ')} (the fastest that is there)
  --out DIR        where the report goes (examples/mnist-sigmoid/report)
  --help           this text

Ctrl-C stops the training and leaves the report of what ran so far.`;

export class UsageError extends Error {}

export function parseOptions(args: string[]): Options {
  const values = parse(args);
  const {backend, sweep, out, help} = values;
  if (backend != null && !isBackend(backend)) {
    throw new UsageError(`--backend must be one of ${BACKENDS.join(', ')}, but is ${backend}`);
  }
  return {
    steps: integer('steps', values.steps, 1),
    sweep,
    seed: integer('seed', values.seed, 0),
    ...(backend != null && {backend}),
    ...(out != null && {out}),
    help,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        steps: {type: 'string', default: String(DEFAULT_STEPS)},
        sweep: {type: 'boolean', default: false},
        seed: {type: 'string', default: '1'},
        backend: {type: 'string'},
        out: {type: 'string'},
        help: {type: 'boolean', default: false},
      },
    }).values;
  } catch (error) {
    // Node goes on with advice on positional arguments, of which there are none.
    throw new UsageError((error as Error).message.replace(/\. To specify a positional.*/s, ''));
  }
}

const isBackend = (name: string): name is Backend => (BACKENDS as readonly string[]).includes(name);

function integer(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${name} must be a whole number of at least ${least}, but is ${text}`);
  }
  return value;
}
