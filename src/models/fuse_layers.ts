import type {LayersModel} from '@tensorflow/tfjs-layers';
import {checkModel} from './check_model.js';
import {type Call, callWithin, isModel, type Layer} from './graph.js';
import {heldLayers} from './held_layers.js';
import {copyCompilation} from './model_settings.js';
import type {Refusal} from './report.js';
import {rewrite} from './rewrite.js';
import {tfjsNorms} from './tfjs_classes.js';
import {batchNormOn, layerNormOn, type TfjsBatchNorm, type TfjsLayerNorm} from './twin.js';

/** The report of `fuseLayers` on a model's layers. */
export interface FuseReport {
  /** The layers of tfjs that have one of this package in their place. */
  readonly fused: ReadonlyArray<{
    /** The layer's name, which the new one has too. */
    readonly layer: string;
    /** The class by which files name both: `BatchNormalization` or `LayerNormalization`. */
    readonly className: string;
  }>;
  /** The normalizations that stay tfjs's, and why. */
  readonly refused: readonly Refusal[];
}

/**
 * The same model with this package's layers in the place of tfjs's `batchNormalization` and
 * `layerNormalization`, also in models within it and in `timeDistributed`.
 *
 * Both models have the very same weights: to train one is to train the other. A value that is set on the
 * model stays: the names, what is frozen, optimizer, loss and metrics. The rules are Keras's where tfjs
 * differs: a frozen batch normalization runs on its moving statistics, for instance. Files that the
 * new model is saved to have tfjs's class names. The original can still be used; the weights are freed
 * when both models are disposed of.
 *
 * ```js
 * const model = tf.sequential(); // or that of a file
 * model.add(tf.layers.layerNormalization({inputShape: [4]}));
 * const {model: fused, report} = fuseLayers(model);
 * console.log(fused.layers[0] instanceof tfn.LayerNormalization, report.fused.length); // true 1
 * ```
 *
 * @throws If `model` is not a model of tf.layers, has no layers or is disposed of.
 */
export function fuseLayers<Model extends LayersModel>(
  model: Model,
): {model: Model; report: FuseReport} {
  checkModel('fuseLayers', model);
  const fused = new Map<Layer, string>();
  const refused = new Map<Layer, string>();

  const copy = rewrite(model, call => {
    const {layer} = call;
    if (isModel(layer)) return undefined;
    for (const held of callWithin(call) == null ? heldLayers(layer) : []) {
      if (!Object.values(tfjsNorms()).some(norm => held instanceof norm)) continue;
      refused.set(held, `it is held by ${layer.name}, a ${layer.getClassName()}.`);
    }
    const twin = twinFor(call);
    if (typeof twin === 'string') refused.set(layer, twin);
    if (typeof twin !== 'function') return undefined;
    fused.set(layer, layer.getClassName());
    return twin;
  });
  copyCompilation(model, copy);
  return {
    model: copy,
    report: {
      fused: [...fused].map(([{name}, className]) => ({layer: name, className})),
      refused: [...refused].map(([{name}, reason]) => ({layer: name, reason})),
    },
  };
}

/** How to make what takes the layer's place; why not; or undefined if it is no norm of tfjs's. */
function twinFor({layer, shape}: Call): (() => Layer) | string | undefined {
  const {BatchNormalization, LayerNormalization} = tfjsNorms();
  if (layer.constructor === BatchNormalization) {
    return () => batchNormOn(layer as TfjsBatchNorm, shape);
  }
  if (layer.constructor === LayerNormalization) {
    const {axis} = layer as TfjsLayerNorm;
    return isAscending([axis].flat())
      ? () => layerNormOn(layer as TfjsLayerNorm, shape)
      : `its axes are ${[axis].flat().join(', ')}, and tfjs's weights have them in that order, not ascending.`;
  }
  const base = [BatchNormalization, LayerNormalization].find(norm => layer instanceof norm);
  return base == null
    ? undefined
    : `it is of the class ${layer.getClassName()}, which may compute something else than tfjs's.`;
}

const isAscending = (axes: readonly number[]): boolean =>
  axes.every((axis, i) => i === 0 || axes[i - 1] < axis);
