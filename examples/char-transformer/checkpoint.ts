import {existsSync, mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as tf from '@tensorflow/tfjs';
import {UsageError} from '../shared/options.js';
import {replaceFile} from '../shared/program.js';
import type {Experiment} from './options.js';
import {newRun, type Run} from './summary.js';

/** The weights of the model, then those of the optimizer. */
interface Weights {
  specs: tf.io.WeightsManifestEntry[];
  /** In base64. */
  data: string;
}

type Saved = {run: Run; weights?: Weights};

/** Keeps every run of an experiment in a file of its own: where it is, or how it ended. */
export class Checkpoints {
  private readonly folder: string;

  /** @throws If the folder holds runs of an experiment with other settings. */
  constructor(out: string, experiment: Experiment, restart: boolean) {
    this.folder = join(out, 'runs');
    if (restart) rmSync(this.folder, {recursive: true, force: true});
    mkdirSync(this.folder, {recursive: true});
    const path = join(this.folder, 'experiment.json');
    const settings = JSON.stringify(experiment);
    if (existsSync(path) && readFileSync(path, 'utf8') !== settings) {
      throw new UsageError(
        `${this.folder} holds runs with other settings: use --restart or another --out`,
      );
    }
    writeFileSync(path, settings);
  }

  read(normalization: Run['normalization'], seed: number): Saved {
    const path = this.pathOf(normalization, seed);
    if (!existsSync(path)) return {run: newRun(normalization, seed)};
    return JSON.parse(readFileSync(path, 'utf8')) as Saved;
  }

  writeDone(run: Run): void {
    this.write({run});
  }

  async writeRunning(run: Run, model: tf.LayersModel, optimizer: tf.Optimizer): Promise<void> {
    const {specs, data} = await tf.io.encodeWeights(await weightsOf(model, optimizer));
    this.write({run, weights: {specs, data: Buffer.from(data).toString('base64')}});
  }

  private write(saved: Saved): void {
    replaceFile(this.pathOf(saved.run.normalization, saved.run.seed), JSON.stringify(saved));
  }

  private pathOf(normalization: string, seed: number): string {
    return join(this.folder, `${normalization}-${seed}.json`);
  }
}

async function weightsOf(model: tf.LayersModel, optimizer: tf.Optimizer) {
  const own = model.getWeights().map((tensor, i) => ({name: `weight ${i}`, tensor}));
  // The names repeat in the optimizer's two moments.
  const others = (await optimizer.getWeights()).map(({tensor}, i) => ({
    name: `optimizer ${i}`,
    tensor,
  }));
  return [...own, ...others];
}

/** Puts model and optimizer where they were saved. */
export async function restore(
  {specs, data}: Weights,
  model: tf.LayersModel,
  optimizer: tf.Optimizer,
): Promise<void> {
  const bytes = Buffer.from(data, 'base64');
  const named = tf.io.decodeWeights(Uint8Array.from(bytes).buffer, specs);
  const of = (kind: string) =>
    Object.entries(named)
      .filter(([name]) => name.startsWith(kind))
      .map(([name, tensor]) => ({name, tensor}));
  model.setWeights(of('weight').map(({tensor}) => tensor));
  await optimizer.setWeights(of('optimizer'));
  tf.dispose(named);
}
