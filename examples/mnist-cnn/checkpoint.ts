import {existsSync, readFileSync} from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import {replaceFile} from '../shared/program.js';
import type {Run} from './summary.js';

/** All that a later start needs to go on where this one stopped. */
export interface Checkpoint {
  /** The options that the results depend on: others start anew. */
  of: string;
  done: Run[];
  /** Of the run that was under way; the optimizer has no state of its own. */
  current?: {step: number; milliseconds: number[]; weights: number[][]};
}

export function readCheckpoint(path: string, of: string): Checkpoint {
  if (existsSync(path)) {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Checkpoint;
    if (found.of === of) return found;
  }
  return {of, done: []};
}

export const writeCheckpoint = (path: string, checkpoint: Checkpoint): void =>
  replaceFile(path, JSON.stringify(checkpoint));

export const weightsOf = (model: tf.LayersModel): number[][] =>
  model.getWeights().map(weight => Array.from(weight.dataSync()));

export function setWeights(model: tf.LayersModel, weights: number[][]): void {
  tf.tidy(() =>
    model.setWeights(model.getWeights().map((weight, i) => tf.tensor(weights[i], weight.shape))),
  );
}
