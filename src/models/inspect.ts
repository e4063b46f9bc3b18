import type {LayersModel} from '@tensorflow/tfjs-layers';
import {check, show} from '../check.js';
import {checkOptions, type Options} from '../options.js';
import {checkModel} from './check_model.js';
import type {Finding, InspectedLayer} from './finding.js';
import {findingsOf, rowsOf} from './findings.js';
import {Inspection} from './inspection.js';
import {layersWithin} from './layers_within.js';
import {batchCount, batchesOf, checkCount, type ModelData, type OnProgress} from './model_data.js';

/** The options of `inspect`. */
export interface InspectConfig {
  /** How many examples run together, where `data` are not batches already: as in training. Defaults to 32. */
  batchSize?: number;
  /** The most batches that are used. Defaults to all. */
  batches?: number;
  /**
   * How many steps the model was trained. Defaults to what its optimizer has counted; without one, nothing is said
   * of the momentum.
   */
  steps?: number;
  /** Is told after each batch how far the work is. */
  onProgress?: OnProgress;
}

/** The result of `inspect`. */
export interface InspectReport {
  /** The likely faults; a healthy model has none. */
  readonly findings: readonly Finding[];
  /** All norm layers, in the model's order. */
  readonly layers: readonly InspectedLayer[];
  /**
   * The mean loss over the data when batch normalization runs on batches and on its moving statistics, without
   * dropout and regularizers; null if the model is not compiled or there are no labels.
   */
  readonly loss: {readonly training: number; readonly inference: number} | null;
}

const OP = 'inspect';
const OPTIONS: Options<InspectConfig> = {
  batchSize: true,
  batches: true,
  steps: true,
  onProgress: true,
};

/**
 * Runs a model on data and looks for what goes wrong with normalization: moving statistics that are not those of the
 * data, layers that are frozen and move, dead channels, the layer where NaN begin, and more; see `FindingKind`.
 *
 * The model stays as it is. A finding from a few examples may be chance: give a hundred or more, as the model is trained
 * on. Labels, in `{xs, ys}`, are needed for the loss.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.dense({units: 4, inputShape: [3]}));
 * model.add(tf.layers.batchNormalization({name: 'bn'}));
 * const [gamma] = model.layers[1].weights;
 * gamma.write(tf.tensor([1, 1, 0, 1]));
 * const {findings} = await inspect(model, tf.randomNormal([64, 3]));
 * console.log(findings[0].layer, findings[0].kind, findings[0].value); // bn gamma 1
 * ```
 *
 * @param model A model of tf.layers; it need not be compiled.
 * @param data Inputs as in training, without labels or with them.
 * @throws If `data` do not fit the model or have no examples; if an option is unknown or is no positive integer.
 */
export async function inspect(
  model: LayersModel,
  data: ModelData,
  config: InspectConfig = {},
): Promise<InspectReport> {
  checkModel(OP, model);
  checkOptions(OP, config, OPTIONS);
  const {batchSize = 32, batches = Infinity, steps, onProgress} = config;
  checkCount(OP, 'batchSize', batchSize);
  if (batches !== Infinity) checkCount(OP, 'batches', batches);
  check(
    steps == null || (Number.isInteger(steps) && steps >= 0),
    OP,
    () => `steps must be an integer, 0 or more, but is ${show(steps)}.`,
  );
  const layers = layersWithin(model);
  const seen = new Inspection(model, layers);
  const known = batchCount(model, data, batchSize);
  for await (const batch of batchesOf(OP, model, data, batchSize)) {
    if (seen.batches === batches) break;
    await seen.see(batch);
    const all = known == null ? null : Math.min(known, batches);
    await onProgress?.({what: model.name, done: seen.batches, all});
  }
  check(seen.examples > 0, OP, () => 'data must have examples, but there are none.');
  const rows = await rowsOf(layers, seen);
  const findings = await findingsOf(model, layers, seen, steps ?? stepsOf(model));
  return {findings, layers: rows, loss: seen.loss};
}

/** How often the model's optimizer was applied; null if it has none, or has not counted. */
function stepsOf({optimizer}: LayersModel): number | null {
  const {iterations} = (optimizer ?? {}) as {iterations?: number};
  return iterations != null && iterations > 0 ? iterations : null;
}
