import {type Hyperparameters, NETWORKS} from './model.js';
import {train, type TrainingArgs} from './train.js';

const LEARNING_RATES = [0.1, 0.3, 1, 3, 10, 30];
const STDDEVS = [0.01, 0.03, 0.1, 0.3, 1];

// The built-in batch norm is left out, since it learns as the fused one does.
const SWEPT = [NETWORKS.plain, NETWORKS.batchNorm, NETWORKS.layerNorm];

/** The accuracy that a network reached with one setting changed to `value`. */
export interface SweepPoint {
  label: string;
  value: number;
  accuracy: number;
}

export interface Sweep {
  steps: number;
  learningRate: SweepPoint[];
  stddev: SweepPoint[];
}

export type SweepArgs = Omit<
  TrainingArgs,
  'networks' | 'evaluateAt' | 'evaluateFully' | 'onProgress'
> & {
  steps: number;
  onProgress: (doneSteps: number, allSteps: number, setting: string) => void;
};

/** Trains with other learning rates, then with other initial weights. */
export async function sweep(args: SweepArgs): Promise<Sweep> {
  const {steps, onProgress} = args;
  const allSteps = steps * SWEPT.length * (LEARNING_RATES.length + STDDEVS.length);
  let before = 0;

  const vary = async (name: keyof Hyperparameters, title: string, values: number[]) => {
    const points: SweepPoint[] = [];
    for (const value of values) {
      const done = new Map<string, number>();
      const runs = await train({
        ...args,
        [name]: value,
        networks: SWEPT,
        evaluateAt: [steps],
        evaluateFully: false,
        onProgress: ({label, losses}) => {
          done.set(label, losses.length);
          const now = [...done.values()].reduce((sum, each) => sum + each, before);
          onProgress(now, allSteps, `${title} ${value}`);
        },
      });
      before += steps * SWEPT.length;
      for (const {label, evaluations} of runs) {
        for (const {accuracy} of evaluations) points.push({label, value, accuracy});
      }
      if (args.signal.aborted) break;
    }
    return points;
  };

  const learningRate = await vary('learningRate', 'learning rate', LEARNING_RATES);
  const stddev = args.signal.aborted ? [] : await vary('stddev', 'initial weights', STDDEVS);
  return {steps, learningRate, stddev};
}
