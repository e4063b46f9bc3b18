import {callsOf, withLayers} from './calls.js';
import {type Json, layersOf, type LayerJson} from './json.js';

/** The `training` of all calls of a layer in a file of Keras 2, if it is the same. */
export function trainingOf(layer: LayerJson): boolean | undefined {
  const given = callsOf(layer).map(([input]) => input?.[3]['training'] as boolean | undefined);
  return given.every(training => training === given[0]) ? given[0] : undefined;
}

/**
 * A functional model whose layers are called with `training`. In Keras 2, it is handed down from the
 * call of a model to those in it which have none of their own; tfjs's layers know their own calls
 * alone.
 */
export function calledWith(model: LayerJson, training: boolean): LayerJson {
  const layers = layersOf(model).map(layer => ({
    ...layer,
    inbound_nodes: callsOf(layer).map((node): Json =>
      node.map(([name, call, tensor, kwargs]) => [name, call, tensor, {training, ...kwargs}]),
    ),
  }));
  return withLayers(model, layers);
}
