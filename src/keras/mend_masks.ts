import {check} from '../check.js';
import {callsOf, type InputJson, withLayers} from './calls.js';
import {
  classOf,
  isModel,
  isObject,
  type Json,
  type JsonObject,
  layersOf,
  type LayerJson,
  nameOf,
} from './json.js';
import {maskMadeBy, OTHER_MASK} from './mask_names.js';
import {isRecurrent, MASK_OF_MODEL, maskFinder, NO_MASK, ruleOfKeras, ruleOfTfjs} from './masks.js';
import type {TensorJson} from './tensors.js';

/** The surroundings of a model: whether there are masks at all, and whether its input has one. */
export type Around = {masks: boolean; isMasked: boolean};

/**
 * A functional model in which each layer that uses a mask gets the one that it has in Keras. tfjs
 * makes the same masks, but it hands the last one on to all layers behind, also where Keras has none
 * or another. There, a `WithMask` stands before the layer.
 *
 * @returns The model, and what surrounds the models in it, by their names.
 */
export function mendMasks(
  model: LayerJson,
  keras3: boolean,
  around: Around,
): [model: LayerJson, inner: Map<string, Around>] {
  const layers = new Map(layersOf(model).map(layer => [nameOf(layer), layer]));
  const sources = sourcesIn(layers);
  const {masks} = around;
  const ofInput = around.isMasked ? MASK_OF_MODEL : null;
  const inKeras = maskFinder(new Map(layers), keras3, ruleOfKeras(keras3), ofInput);
  const inTfjs = maskFinder(layers, keras3, ruleOfTfjs, ofInput);
  const inner = new Map<string, Around>();

  const mended = layersOf(model).flatMap(layer => {
    const added: LayerJson[] = [];
    const name = nameOf(layer);
    const nodes = callsOf(layer).map((given, i) => {
      const inputs = given.map(([name, call, index, {mask: _, ...kwargs}]): InputJson => [
        name,
        call,
        index,
        kwargs,
      ]);
      const [x, ...states] = inputs;
      const named = given[0][3]['mask'] as string | undefined;
      // Keras 3 names what it knew when the model was made. Models hand further ones on when they run.
      const mask = named ?? inKeras(tensorOf(x));
      if (isModel(layer)) inner.set(name, {masks, isMasked: mask != null});
      const needed = neededMask(layer, keras3, mask, inTfjs(tensorOf(x)), masks);
      if (needed == null || (needed === MASK_OF_MODEL && sources.size === 0)) return inputs;
      added.push(withMask(`${name}_mask${i === 0 ? '' : `_${i}`}`, x, sources.get(needed)));
      return [[nameOf(added[added.length - 1]), 0, 0, x[3]], ...states];
    });
    const all = [...added, {...layer, inbound_nodes: nodes as Json[]}];
    for (const layer of all) layers.set(nameOf(layer), layer);
    return all;
  });
  return [withLayers(model, mended), inner];
}

/** The mask that must be put before the layer; null if what tfjs hands it is as good. */
function neededMask(
  layer: LayerJson,
  keras3: boolean,
  inKeras: string | null,
  inTfjs: string | null,
  masks: boolean,
): string | null {
  const {class_name, config} = layer;
  const fail = (came: string) =>
    check(
      false,
      `fromKeras: layer ${nameOf(layer)}`,
      () => `its mask must be one of a Masking or an Embedding that tfjs can hand on, but ${came}.`,
    );
  if (class_name === 'GlobalAveragePooling1D' && inKeras != null) fail('tfjs ignores it here');
  if (class_name === 'TimeDistributed' && masks && isRecurrent(config['layer'] as never)) {
    fail('tfjs hands all steps one');
  }
  if (class_name === 'GroupNormalization' && keras3) {
    return inTfjs == null ? null : NO_MASK; // Keras 3 ignores it.
  }
  const isBatchNorm = classOf(layer).includes('BatchNormalization');
  if (!isRecurrent(layer) && !isModel(layer) && !isBatchNorm) return null;
  if (inKeras === OTHER_MASK) fail('is another tensor');
  if (inKeras != null) return inKeras === inTfjs ? null : inKeras;
  if (inTfjs === NO_MASK) return null;
  return (isRecurrent(layer) && masks) || (isBatchNorm && inTfjs != null) ? NO_MASK : null;
}

const withMask = (name: string, x: InputJson, source?: TensorJson): LayerJson => ({
  class_name: 'WithMask',
  config: {name},
  name,
  inbound_nodes: [[[...tensorOf(x), {}], ...(source == null ? [] : [[...source, {}]])]],
});

const tensorOf = ([name, call, index]: InputJson): TensorJson => [name, call, index];

/** The outputs that have these masks. */
function sourcesIn(layers: Map<string, LayerJson>): Map<string, TensorJson> {
  const sources = new Map<string, TensorJson>();
  for (const layer of layers.values()) {
    callsOf(layer).forEach(([x], i) => {
      const mask = maskMadeBy(layer, tensorOf(x));
      if (mask != null) sources.set(mask, [nameOf(layer), i, 0]);
    });
  }
  return sources;
}

/** Whether anything in this config makes a mask, in models and wrappers too. */
export const makesMasks = (json: Json): boolean =>
  Array.isArray(json)
    ? json.some(makesMasks)
    : isObject(json) &&
      (json['class_name'] === 'Masking' ||
        json['mask_zero'] === true ||
        Object.values(json as JsonObject).some(makesMasks));
