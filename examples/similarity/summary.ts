import {mean} from '../shared/statistics.js';
import {percentSpread, spread} from '../shared/words.js';
import type {Attention} from './attention.js';
import type {Precision} from './retrieval.js';

/** Precision among digits of the classes that the training had, and of those it had not. */
export type Precisions = {seen: Precision; unseen: Precision};

/** One trained embedding. */
export interface EmbeddingRun extends Precisions {
  /** Whether the embeddings have length 1. */
  unit: boolean;
  temperature: number;
  seed: number;
  /** The loss of the last step. */
  loss: number;
}

/** One trained attention. */
export type AttentionRun = Attention & {label: string; seed: number; loss: number};

/** A way to train an embedding and to compare its vectors. */
export interface Method {
  label: string;
  unit: boolean;
  by: keyof Precision;
}

export const METHODS: Method[] = [
  {label: 'unitNormalization', unit: true, by: 'dot'},
  {label: 'l2Normalize afterwards', unit: false, by: 'cosine'},
  {label: 'no normalization', unit: false, by: 'dot'},
];

/** The results of one method at one temperature, one value for each seed. */
export interface Group {
  label: string;
  temperature: number;
  seen: number[];
  unseen: number[];
}

export const groupsOf = (runs: EmbeddingRun[], {label, unit, by}: Method): Group[] => {
  const own = runs.filter(run => run.unit === unit);
  return [...new Set(own.map(({temperature}) => temperature))].map(temperature => {
    const group = own.filter(run => run.temperature === temperature);
    return {
      ...{label, temperature},
      seen: group.map(({seen}) => seen[by]),
      unseen: group.map(({unseen}) => unseen[by]),
    };
  });
};

/** The temperature that the classes of the training choose; null if nothing was trained. */
export function best(runs: EmbeddingRun[], method: Method): Group | null {
  const groups = groupsOf(runs, method);
  if (groups.length === 0) return null;
  return groups.reduce((a, b) => (mean(b.seen) > mean(a.seen) ? b : a));
}

export const EMBEDDING_HEAD = [
  'vectors',
  'temperature',
  'precision, classes of the training',
  'precision, new classes',
];

/** The rows under `EMBEDDING_HEAD`: all temperatures, then the pixels. */
export const embeddingRows = (runs: EmbeddingRun[], pixels: Precisions): string[][] => [
  ...METHODS.flatMap(method =>
    groupsOf(runs, method).map(({label, temperature, seen, unseen}) => [
      label,
      String(temperature),
      percentSpread(seen),
      percentSpread(unseen),
    ]),
  ),
  ...(['cosine', 'dot'] as const).map(by => [
    by === 'dot' ? 'pixels' : 'pixels, l2Normalize',
    '-',
    percentSpread([pixels.seen[by]]),
    percentSpread([pixels.unseen[by]]),
  ]),
];

export const ATTENTION_HEAD = [
  'weights',
  'test accuracy',
  'entropy, of that of equal weights',
  'exact zeros',
  'patches with 90% of the weight',
];

/** The rows under `ATTENTION_HEAD`. */
export const attentionRows = (runs: AttentionRun[]): string[][] =>
  attentionGroups(runs).map(({label, runs}) => [
    label,
    percentSpread(runs.map(({accuracy}) => accuracy)),
    percentSpread(runs.map(({entropy}) => entropy)),
    percentSpread(runs.map(({zeros}) => zeros)),
    spread(
      runs.map(({patches}) => patches),
      1,
    ),
  ]);

export const attentionGroups = (runs: AttentionRun[]) =>
  [...new Set(runs.map(({label}) => label))].map(label => ({
    label,
    runs: runs.filter(run => run.label === label),
  }));
