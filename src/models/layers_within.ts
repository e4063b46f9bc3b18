import type {LayersModel} from '@tensorflow/tfjs-layers';
import {isModel, type Layer} from './graph.js';
import {heldLayers} from './held_layers.js';

/** A layer that computes, at any depth of a model. */
export type Within = {
  readonly layer: Layer;
  /** Whether it is frozen: by itself, by its weights, or by a model around it. */
  readonly frozen: boolean;
};

/** All layers of a model and of the models in it, and those that layers hold; each once, models left out. */
export function layersWithin(model: LayersModel): Within[] {
  const found = new Map<Layer, Within>();
  const add = (layer: Layer, frozenAround: boolean): void => {
    const frozen = frozenAround || isFrozen(layer);
    if (isModel(layer)) {
      for (const inner of layer.layers) add(inner, frozen);
      return;
    }
    if (found.has(layer)) return;
    found.set(layer, {layer, frozen});
    for (const held of heldLayers(layer)) add(held, frozen);
  };
  add(model, false);
  return [...found.values()];
}

/** Freezing a model freezes the weights of its layers, and not the layers. */
function isFrozen(layer: Layer): boolean {
  if (!layer.trainable) return true;
  const {_trainableWeights: weights} = layer as unknown as {
    _trainableWeights?: Array<{trainable: boolean}>;
  };
  return weights != null && weights.length > 0 && weights.every(({trainable}) => !trainable);
}
