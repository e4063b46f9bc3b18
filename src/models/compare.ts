import type {LayersModel} from '@tensorflow/tfjs-layers';
import {checkOptions, type Options} from '../options.js';
import {checkModel} from './check_model.js';
import {largestDifferences, trainingStep} from './comparison.js';
import {fuseLayers} from './fuse_layers.js';
import type {Layer} from './graph.js';
import {layersWithin} from './layers_within.js';
import {type Cost, costOf, timesOf} from './model_cost.js';
import {
  type Batch,
  batchesOf,
  checkCount,
  type LabelledInputs,
  type ModelInputs,
  type OnProgress,
} from './model_data.js';
import type {Refusal} from './report.js';

/** The options of `compare`. */
export interface CompareConfig {
  /** How many times both models are timed, in turns. Defaults to 10. */
  rounds?: number;
  /** Is told after each step how far the work is. */
  onProgress?: OnProgress;
}

/** A layer, or the whole model, with tfjs's normalization and with this package's: a row for `console.table`. */
export interface ComparedRow {
  /** The layer's name; `all` is the whole model. */
  readonly layer: string;
  /** The name of its class. */
  readonly className: string;
  /** Whether it has one of this package in its place. */
  readonly fused: boolean;
  /** The largest absolute difference of the outputs in inference. */
  readonly outputs: number;
  /** The difference of the gradients of its weights in a training step; null if a gradient is not there, see `note`. */
  readonly gradients: number | null;
  /** The difference of the moving statistics after the step. */
  readonly statistics: number | null;
  /** How many kernels inference runs in the model as it is. */
  readonly kernels: number;
  /** How many it runs with this package's layers. */
  readonly kernelsFused: number;
  /** How many kernels a training step runs; known for the whole model only. */
  readonly trainingKernels: number | null;
  /** The same with this package's layers. */
  readonly trainingKernelsFused: number | null;
  /** The milliseconds of inference: of the model the median, of a layer the sum of its kernels. */
  readonly milliseconds: number;
  /** The same with this package's layers. */
  readonly millisecondsFused: number;
  /** The bytes of tensors that there are at the most, weights included; of a layer, that it makes. */
  readonly bytes: number;
  /** The same with this package's layers. */
  readonly bytesFused: number;
}

/** The result of `compare`. */
export interface CompareReport {
  /** The whole model. */
  readonly all: ComparedRow;
  /** Each layer, in the model's order. */
  readonly layers: readonly ComparedRow[];
  /** All of them, for `console.table`. */
  readonly rows: readonly ComparedRow[];
  /** The normalizations that stay tfjs's, and why. */
  readonly refused: readonly Refusal[];
  /** Why there are no gradients, if there are none. */
  readonly note: string | null;
}

const OP = 'compare';
const OPTIONS: Options<CompareConfig> = {rounds: true, onProgress: true};

/**
 * Runs a model as it is and with this package's layers in the place of tfjs's (`fuseLayers`), and says how far outputs,
 * gradients and moving statistics differ, and what both cost on the backend in use: kernels (on GPUs, launches), time
 * and memory.
 *
 * Gradients are those of the compiled loss where `data` have labels, and else of a fixed function of the outputs. In
 * the training step nothing but normalization trains: there is no dropout. The model stays as it is.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.layerNormalization({inputShape: [8]}));
 * const {all, rows} = await compare(model, tf.randomNormal([4, 8]));
 * console.table(rows);
 * console.log(all.outputs < 1e-5, all.kernelsFused < all.kernels); // true true
 * ```
 *
 * @param model A model of tf.layers; it need not be compiled.
 * @param data Inputs, without labels or with them: one batch.
 * @throws If `data` do not fit the model or have no examples; if an option is unknown or no positive integer.
 */
export async function compare(
  model: LayersModel,
  data: ModelInputs | LabelledInputs,
  config: CompareConfig = {},
): Promise<CompareReport> {
  checkModel(OP, model);
  checkOptions(OP, config, OPTIONS);
  const {rounds = 10, onProgress} = config;
  checkCount(OP, 'rounds', rounds);
  for await (const batch of batchesOf(OP, model, data, Infinity)) {
    const {model: fused, report} = fuseLayers(model);
    try {
      let done = 0;
      const tell = async (what: string) => onProgress?.({what, done: ++done, all: rounds + 3});
      const compared = await compareOn(model, fused, batch, rounds, tell);
      return {...compared, refused: report.refused};
    } finally {
      fused.dispose();
    }
  }
  throw new Error(`${OP}: data must have examples, but there are none.`);
}

async function compareOn(
  model: LayersModel,
  fused: LayersModel,
  batch: Batch,
  rounds: number,
  tell: (what: string) => Promise<void>,
): Promise<Omit<CompareReport, 'refused'>> {
  const models = [model, fused];
  const twins = layersWithin(fused);
  const pairs = layersWithin(model).map(({layer}, i): [Layer, Layer] => [layer, twins[i].layer]);
  const outputs = await largestDifferences(models, pairs, batch.xs);
  await tell('outputs');
  const {gradients, statistics, kernels, note} = await trainingStep(models, pairs, batch);
  await tell('gradients');
  const costs: Array<Awaited<ReturnType<typeof costOf>>> = [];
  for (const side of [0, 1]) {
    const layers = pairs.map(pair => pair[side]);
    costs.push(await costOf(models[side], layers, batch.xs));
  }
  await tell('kernels');
  const times = await timesOf(models, batch.xs, rounds, () => tell('time'));
  const isFused = ([layer, twin]: [Layer, Layer]) => layer.constructor !== twin.constructor;
  const layers = pairs.map((pair, i) => ({
    layer: pair[0].name,
    className: pair[0].getClassName(),
    fused: isFused(pair),
    outputs: outputs.layers[i],
    gradients: gradients?.[i] ?? null,
    statistics: statistics?.[i] ?? null,
    ...sides(costs[0].layers[i], costs[1].layers[i]),
    trainingKernels: null,
    trainingKernelsFused: null,
  }));
  const ofModel = costs.map((cost, i) => ({...cost.all, milliseconds: times[i]}));
  const all = {
    layer: 'all',
    className: model.getClassName(),
    fused: pairs.some(isFused),
    outputs: outputs.all,
    gradients: largestOf(gradients),
    statistics: largestOf(statistics),
    ...sides(ofModel[0], ofModel[1]),
    trainingKernels: kernels?.[0] ?? null,
    trainingKernelsFused: kernels?.[1] ?? null,
  };
  return {all, layers, rows: [...layers, all], note};
}

const largestOf = (values: ReadonlyArray<number | null> | null): number | null => {
  const known = values?.filter(value => value != null) ?? [];
  return known.length === 0 ? null : Math.max(...known);
};

const sides = (before: Cost, after: Cost) => ({
  kernels: before.kernels,
  kernelsFused: after.kernels,
  milliseconds: before.milliseconds,
  millisecondsFused: after.milliseconds,
  bytes: before.bytes,
  bytesFused: after.bytes,
});
