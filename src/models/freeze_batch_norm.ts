import type {LayersModel} from '@tensorflow/tfjs-layers';
import {checkFlags} from '../check.js';
import {checkOptions} from '../options.js';
import {isBatchNorm, isDerivedBatchNorm} from './batch_norm_layers.js';
import {checkModel} from './check_model.js';
import {type Call, isModel, type Layer} from './graph.js';
import {heldLayers} from './held_layers.js';
import {copyCompilation} from './model_settings.js';
import type {Refusal} from './report.js';
import {rewrite} from './rewrite.js';
import {sharedLayer} from './shared_layer.js';
import {tfjsNorms} from './tfjs_classes.js';
import {batchNormOn, type TfjsBatchNorm} from './twin.js';

/** The options of `freezeBatchNorm`. */
export interface FreezeConfig {
  /** Whether to freeze gamma and beta as well; if not, they go on learning. Defaults to true. */
  parameters?: boolean;
}

/** The report of `freezeBatchNorm` on a model's batch normalizations. */
export interface FreezeReport {
  /** The names of the batch normalizations that are frozen. */
  readonly frozen: readonly string[];
  /** The batch normalizations that are not, and why. */
  readonly refused: readonly Refusal[];
}

const OP = 'freezeBatchNorm';

/**
 * The same model with batch normalizations that run on their moving statistics in training too, and leave
 * them alone: what fine-tuning on few examples or small batches wants. `layer.trainable = false` does not do
 * this to a layer of tfjs, which goes on by the batch and goes on moving.
 *
 * The copy has the very weights of the original, which stays as it is. It is compiled as the original is, so
 * that it trains what is not frozen. With `parameters: false` only the statistics are frozen; a file does not
 * keep that, so call this again on a model that is loaded.
 *
 * ```js
 * const model = tf.sequential();
 * model.add(tf.layers.dense({units: 4, inputShape: [3]}));
 * model.add(tf.layers.batchNormalization({name: 'bn'}));
 * const {model: tuned, report} = freezeBatchNorm(model);
 * console.log(report.frozen, tuned.trainableWeights.length); // ['bn'] 2
 * ```
 *
 * @throws If `model` is not a model of tf.layers, has no layers or is disposed of; if an option is unknown.
 */
export function freezeBatchNorm<Model extends LayersModel>(
  model: Model,
  config: FreezeConfig = {},
): {model: Model; report: FreezeReport} {
  checkModel(OP, model);
  checkOptions(OP, config, {parameters: true});
  checkFlags(OP, config, ['parameters']);
  const own = (config.parameters ?? true) ? {trainable_: false} : {holdsStatistics: true};
  const frozen = new Set<Layer>();
  const refused = new Map<Layer, string>();
  const copy = rewrite(model, call => {
    const {layer} = call;
    if (isModel(layer)) return undefined;
    refuseHeld(call, isBatchNorm, refused);
    if (isDerivedBatchNorm(layer)) refused.set(layer, derived(layer));
    if (!isBatchNorm(layer)) return undefined;
    frozen.add(layer);
    return () => sharedLayer(oursOn(call), own);
  });
  copyCompilation(model, copy);
  return {
    model: copy,
    report: {
      frozen: [...frozen].map(({name}) => name),
      refused: [...refused].map(([{name}, reason]) => ({layer: name, reason})),
    },
  };
}

/** The layer, if it is this package's, or else ours on its variables. */
const oursOn = ({layer, shape}: Call): Layer =>
  layer.constructor === tfjsNorms().BatchNormalization
    ? batchNormOn(layer as TfjsBatchNorm, shape)
    : layer;

export const derived = (layer: Layer): string =>
  `it is of the class ${layer.getClassName()}, which may compute something else.`;

/** Refuses the layers that a layer holds within itself, unless `rewrite` reaches them. */
export function refuseHeld(
  {layer}: Call,
  isMeant: (layer: Layer) => boolean,
  refused: Map<Layer, string>,
): void {
  if (layer.getClassName() === 'TimeDistributed') return;
  for (const held of heldLayers(layer)) {
    if (isMeant(held)) refused.set(held, `it is held by ${layer.name}, a ${layer.getClassName()}.`);
  }
}
