import type * as tf from '@tensorflow/tfjs';
import type {Mnist} from '../shared/mnist.js';
import {percent} from '../shared/words.js';
import {trainAttention, WEIGHTINGS} from './attention.js';
import {SEEN, UNSEEN} from './digits.js';
import {trainEmbedding} from './embedding.js';
import {drawn, precision, type Search} from './retrieval.js';
import type {AttentionRun, EmbeddingRun, Precisions} from './summary.js';

const TEMPERATURES = [0.03, 0.1, 0.3, 1];

export type Training = {
  mnist: Mnist;
  steps: number;
  seeds: number;
  signal: AbortSignal;
  /** Called after each training. */
  onProgress: (label: string, done: number, all: number, status: string) => void;
};

/** The test digits of the classes of the training, and of the others. */
export type Searches = {seen: Search; unseen: Search};

export const searchesOf = ({test}: Mnist): Searches => ({
  seen: drawn(test, SEEN),
  unseen: drawn(test, UNSEEN),
});

/** How well the pixels themselves retrieve, or what `embed` makes of them. */
export const precisions = (
  {seen, unseen}: Searches,
  embed = (x: tf.Tensor2D): tf.Tensor => x,
): Precisions => ({seen: precision(seen, embed), unseen: precision(unseen, embed)});

export async function trainEmbeddings(
  searches: Searches,
  {mnist, steps, seeds, signal, onProgress}: Training,
): Promise<EmbeddingRun[]> {
  const runs: EmbeddingRun[] = [];
  for (const unit of [true, false]) {
    let done = 0;
    for (let seed = 1; seed <= seeds; seed++) {
      for (const temperature of TEMPERATURES) {
        const task = {unit, temperature, seed, steps, digits: mnist.training, signal};
        const {model, loss} = await trainEmbedding(task);
        const found = precisions(searches, x => model.predict(x, {batchSize: 500}) as tf.Tensor);
        model.dispose();
        if (signal.aborted) return runs;
        runs.push({unit, temperature, seed, loss, ...found});
        const status = `loss ${loss.toFixed(3)}  precision ${percent(found.seen.dot)}`;
        const label = unit ? 'unit length' : 'any length';
        onProgress(label, ++done, seeds * TEMPERATURES.length, status);
      }
    }
  }
  return runs;
}

export async function trainAttentions(training: Training): Promise<AttentionRun[]> {
  const {mnist, steps, seeds, signal, onProgress} = training;
  const runs: AttentionRun[] = [];
  for (const weighting of WEIGHTINGS) {
    const {label} = weighting;
    for (let seed = 1; seed <= seeds; seed++) {
      const run = await trainAttention({weighting, seed, steps, mnist, signal});
      if (signal.aborted) return runs;
      runs.push({label, seed, ...run});
      const status = `loss ${run.loss.toFixed(3)}  accuracy ${percent(run.accuracy)}`;
      onProgress(`attention, ${label}`, seed, seeds, status);
    }
  }
  return runs;
}
