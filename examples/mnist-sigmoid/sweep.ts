import {type Hyperparameters, OWN} from './model.js';
import {train, type TrainingArgs} from './train.js';

const LEARNING_RATES = [0.1, 0.3, 1, 3, 10, 30];
const STDDEVS = [0.01, 0.03, 0.1, 0.3, 1];

/** The accuracy that a network reached with one setting changed to `value`. */
export interface SweepPoint {
  label: string;
  value: number;
  accuracy: number;
}

export interface Sweep {
  steps: number;
  stddev: SweepPoint[];
  /** Empty if they were not tried. */
  learningRate: SweepPoint[];
}

export type SweepArgs = Omit<
  TrainingArgs,
  'networks' | 'evaluateAt' | 'evaluateFully' | 'onProgress'
> & {
  steps: number;
  /** Whether to try learning rates too, after the initial weights. */
  learningRates: boolean;
  onProgress: (doneSteps: number, allSteps: number, setting: string) => void;
};

/** Trains with other initial weights, and with other learning rates if these are asked for. */
export async function sweep(args: SweepArgs): Promise<Sweep> {
  const {steps, learningRates, onProgress} = args;
  const tried = STDDEVS.length + (learningRates ? LEARNING_RATES.length : 0);
  const allSteps = steps * OWN.length * tried;
  let before = 0;

  const vary = async (name: keyof Hyperparameters, title: string, values: number[]) => {
    const points: SweepPoint[] = [];
    for (const value of values) {
      const done = new Map<string, number>();
      const runs = await train({
        ...args,
        [name]: value,
        networks: OWN,
        evaluateAt: [steps],
        evaluateFully: false,
        onProgress: ({label, losses}) => {
          done.set(label, losses.length);
          const now = [...done.values()].reduce((sum, each) => sum + each, before);
          onProgress(now, allSteps, `${title} ${value}`);
        },
      });
      before += steps * OWN.length;
      for (const {label, evaluations} of runs) {
        for (const {accuracy} of evaluations) points.push({label, value, accuracy});
      }
      if (args.signal.aborted) break;
    }
    return points;
  };

  const stddev = await vary('stddev', 'initial weights', STDDEVS);
  const isMore = learningRates && !args.signal.aborted;
  const learningRate = isMore ? await vary('learningRate', 'learning rate', LEARNING_RATES) : [];
  return {steps, stddev, learningRate};
}
