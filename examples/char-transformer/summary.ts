import {median} from '../shared/statistics.js';
import {spread} from '../shared/words.js';
import {LABELS, type NormalizationName} from './names.js';

/** How far a batch's statistic was from the running one in a layer. */
export type Drift = {
  layer: string;
  statistic: string;
  distance: number;
};

interface Evaluation {
  step: number;
  /**
   * The losses on validation text, in nats a character: with running statistics, and with the
   * batch's.
   */
  inferenceLoss: number;
  trainingLoss: number;
  drifts: Drift[];
}

/** One training. */
export interface Run {
  normalization: NormalizationName;
  seed: number;
  /** The loss of each step. */
  losses: number[];
  milliseconds: number[];
  evaluations: Evaluation[];
  /** The losses on more of the validation text, once the training is complete. */
  final?: {inferenceLoss: number; trainingLoss: number};
  /** The step whose loss was not a number; the training ended there. */
  diverged?: number;
}

export const newRun = (normalization: NormalizationName, seed: number): Run => ({
  ...{normalization, seed},
  losses: [],
  milliseconds: [],
  evaluations: [],
});

export const labelOf = ({normalization}: Run): string => LABELS[normalization];

/** All runs with one normalization. */
export interface Group {
  label: string;
  runs: Run[];
  /** One of each run that came to its end. */
  perplexities: number[];
  trainingPerplexities: number[];
  /** The nats by which inference is worse than training mode on the same text. */
  gaps: number[];
}

export function grouped(runs: Run[]): Group[] {
  const labels = [...new Set(runs.map(labelOf))];
  return labels.map(label => {
    const own = runs.filter(run => labelOf(run) === label);
    const finals = own.flatMap(({final}) => (final == null ? [] : [final]));
    return {
      label,
      runs: own,
      perplexities: finals.map(({inferenceLoss}) => Math.exp(inferenceLoss)),
      trainingPerplexities: finals.map(({trainingLoss}) => Math.exp(trainingLoss)),
      gaps: finals.map(({inferenceLoss, trainingLoss}) => inferenceLoss - trainingLoss),
    };
  });
}

export const TABLE_HEAD = [
  'normalization',
  'complete runs',
  'validation perplexity',
  'with batch statistics',
  'gap in nats',
  'ms a step',
];

/** The rows under `TABLE_HEAD`: mean ± standard deviation over the seeds. */
export const tableRows = (runs: Run[]): string[][] =>
  grouped(runs).map(({label, runs, perplexities, trainingPerplexities, gaps}) => {
    const diverged = runs.filter(run => run.diverged != null).length;
    const count = `${perplexities.length} of ${runs.length}`;
    return [
      label,
      diverged === 0 ? count : `${count}, ${diverged} diverged`,
      spread(perplexities, 3),
      spread(trainingPerplexities, 3),
      spread(gaps, 4),
      median(runs.flatMap(({milliseconds}) => milliseconds)).toFixed(1),
    ];
  });
