import {isModel, type Json, type JsonObject, layersOf, type LayerJson, nameOf} from './json.js';
import {kerasLayer, type KerasVersion} from './keras_layer.js';
import type {TensorJson} from './tensors.js';

/** A model of tfjs's file, with all models in it, as that version of Keras reads it. */
export function kerasModel(model: LayerJson, version: KerasVersion): LayerJson {
  const layers = layersOf(model);
  const models = new Set(layers.filter(isModel).map(nameOf));
  const inner = (model: LayerJson): LayerJson => kerasModel(model, version);
  // To tfjs and Keras 2, a model's first node is the call that made it; Keras 3 does not count it.
  const shifted = (tensors: Json | undefined): Json =>
    (tensors as TensorJson[]).map(([name, node, ...others]) => [
      name,
      version === 3 && models.has(name) ? node - 1 : node,
      ...others,
    ]);
  const converted = layers.map(layer => ({
    ...(isModel(layer) ? inner(layer) : kerasLayer(layer, version, inner)),
    ...(layer.name == null ? {} : {name: layer.name}),
    ...(layer.inbound_nodes == null ? {} : {inbound_nodes: layer.inbound_nodes.map(shifted)}),
  }));
  const ends = Object.fromEntries(
    ['input_layers', 'output_layers']
      .filter(key => key in model.config)
      .map(key => [key, ended(shifted(model.config[key]), version)]),
  );
  const class_name = model.class_name === 'Model' ? 'Functional' : model.class_name;
  const isSequential = version === 3 && class_name === 'Sequential';
  const ours = isSequential ? [...inputOf(layers[0]), ...converted] : converted;
  const config = {...model.config, ...ends, layers: ours as unknown as Json};
  return version === 3 ? inKeras3(class_name, config) : {...model, class_name, config};
}

const inKeras3 = (class_name: string, config: JsonObject): LayerJson => ({
  module: class_name === 'Functional' ? 'keras.src.models.functional' : 'keras',
  class_name,
  config,
  ...{registered_name: class_name === 'Functional' ? class_name : null},
});

/** To Keras 3, a list of one tensor is another thing than the tensor: such a model returns lists. */
const ended = (ends: Json, version: KerasVersion): Json =>
  version === 3 && (ends as Json[]).length === 1 ? (ends as Json[])[0] : ends;

/** Keras 3 wants a layer for a Sequential's input, whose shape tfjs writes into the first layer. */
function inputOf(first?: LayerJson): LayerJson[] {
  if (first == null || first.class_name === 'InputLayer') return [];
  const {batch_input_shape: batch_shape, dtype} = inputConfig(first);
  if (batch_shape == null) return [];
  return [
    {
      module: 'keras.layers',
      class_name: 'InputLayer',
      config: {name: `${nameOf(first)}_input`, batch_shape, dtype: dtype ?? 'float32'},
      ...{registered_name: null},
    },
  ];
}

/** The config that has the input's shape: of the layer, or of the first one in the model. */
function inputConfig(layer: LayerJson): JsonObject {
  if (!isModel(layer)) return layer.config;
  const [first] = layersOf(layer);
  return first == null ? {} : inputConfig(first);
}
