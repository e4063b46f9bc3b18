import * as tf from '@tensorflow/tfjs-core';
import type {LayersModel} from '@tensorflow/tfjs-layers';
import {check, checkFlags, show} from '../check.js';
import {type Options, checkOptions} from '../options.js';
import {type BatchNormLayer, isAnyBatchNorm, isDerivedBatchNorm} from './batch_norm_layers.js';
import {checkModel} from './check_model.js';
import {derived} from './freeze_batch_norm.js';
import {layersWithin} from './layers_within.js';
import {checkCount, isOnce, type ModelData, type OnProgress} from './model_data.js';
import {type Recalibrated, Recalibration, statisticsOf} from './recalibration.js';
import type {Refusal} from './report.js';

/** The options of `recalibrate`. */
export interface RecalibrateConfig {
  /**
   * How the moments are found. Defaults to 'layers'.
   *
   * 'layers': layer by layer, from front to back, each behind those that are done: the data are gone
   * through once for each layer. The model then computes as if all data were one batch of training.
   *
   * 'once': all at once, while every layer normalizes by its batch, as in training: quick, and as exact as
   * batches of `batchSize` are like the whole.
   */
  method?: 'layers' | 'once';
  /** How many examples run together, where `data` are not batches already. Defaults to 32. */
  batchSize?: number;
  /** The most batches that are used. Defaults to all. */
  batches?: number;
  /** Whether to recalibrate frozen layers as well. Defaults to false. */
  includeFrozen?: boolean;
  /** Is told after each batch how far the work is. */
  onProgress?: OnProgress;
}

/** The report of `recalibrate`. */
export interface RecalibrateReport {
  /** The batch normalizations that have new moving statistics, from front to back. */
  readonly recalibrated: readonly Recalibrated[];
  /** The batch normalizations that keep theirs, and why. */
  readonly refused: readonly Refusal[];
}

const OP = 'recalibrate';
const OPTIONS: Options<RecalibrateConfig> = {
  method: true,
  batchSize: true,
  batches: true,
  includeFrozen: true,
  onProgress: true,
};

/**
 * Replaces the moving statistics of all batch normalizations, tfjs's and this package's, by the mean and
 * variance of `data`: precise batch norm, [Wu & Johnson 2021](https://arxiv.org/abs/2105.07576), section 3. It
 * helps where a model is much worse in evaluation than in training: after training with small batches or for few
 * steps, after weights were averaged, or on data of another kind.
 *
 * Moments of batches merge in double precision. The model is changed in place, at the end and as a whole: an
 * error leaves it as it was.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.batchNormalization({name: 'bn', inputShape: [2]}));
 * const {recalibrated} = await recalibrate(model, tf.tensor2d([[1, 20], [3, 40]]));
 * console.log(recalibrated[0].count); // 2
 * model.predict(tf.tensor2d([[2, 30]])).print(); // [[0, 0]]
 * ```
 *
 * @param model A model of tf.layers; it need not be compiled.
 * @param data Inputs as in training, without labels or with them.
 * @throws If `data` do not fit the model, are none, or give values that are not finite; if they can be gone through
 *     only once, as those of a generator, unless `method` is 'once'; if an option is unknown.
 */
export async function recalibrate(
  model: LayersModel,
  data: ModelData,
  config: RecalibrateConfig = {},
): Promise<RecalibrateReport> {
  checkModel(OP, model);
  checkOptions(OP, config, OPTIONS);
  checkFlags(OP, config, ['includeFrozen']);
  const {method = 'layers', batchSize = 32, batches = Infinity} = config;
  check(
    method === 'layers' || method === 'once',
    OP,
    () => `method must be 'layers' or 'once', but is ${show(method)}.`,
  );
  checkCount(OP, 'batchSize', batchSize);
  if (batches !== Infinity) checkCount(OP, 'batches', batches);
  check(
    method === 'once' || !isOnce(data),
    OP,
    () =>
      `data must be such that each layer can go through them, but a generator's end; give a list, or method: 'once'.`,
  );
  const {norms, refused} = choose(model, config.includeFrozen ?? false);
  const before = norms.map(norm => statisticsOf(norm).map(weight => tf.clone(weight.read())));
  const work = new Recalibration(model, norms, data, {...config, batchSize, batches});
  try {
    const recalibrated = method === 'once' ? await work.once() : await work.byLayer();
    return {recalibrated, refused};
  } catch (error) {
    norms.forEach((norm, i) =>
      statisticsOf(norm).forEach((weight, j) => weight.write(before[i][j])),
    );
    throw error;
  } finally {
    tf.dispose(before);
  }
}

function choose(model: LayersModel, includeFrozen: boolean) {
  const norms: BatchNormLayer[] = [];
  const refused: Refusal[] = [];
  for (const {layer, frozen} of layersWithin(model)) {
    if (!isAnyBatchNorm(layer)) continue;
    if (isDerivedBatchNorm(layer)) refused.push({layer: layer.name, reason: derived(layer)});
    else if (frozen && !includeFrozen) refused.push({layer: layer.name, reason: 'it is frozen.'});
    else norms.push(layer);
  }
  return {norms, refused};
}
