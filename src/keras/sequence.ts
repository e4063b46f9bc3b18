/** Sequential models as functional ones, where calls need keywords or layers between them. */
import {isModel, type Json, type JsonObject, layersOf, type LayerJson, nameOf} from './json.js';
import type {TensorJson} from './tensors.js';

/** The model as a functional one with a call of each layer; null if its input's shape is not known. */
export function asFunctional(model: LayerJson, keras3: boolean): LayerJson | null {
  const [first, ...others] = layersOf(model);
  const batch_input_shape = first == null ? null : inputShape(model);
  if (batch_input_shape == null) return null;
  const isInput = first.class_name === 'InputLayer';
  const input: LayerJson = isInput
    ? first
    : {class_name: 'InputLayer', config: {name: `${nameOf(first)}_input`, batch_input_shape}};
  // To Keras 2, a model's first node is the one that made it.
  const outputOf = (layer: LayerJson): TensorJson => [
    nameOf(layer),
    isModel(layer) && !keras3 ? 1 : 0,
    0,
  ];
  const layers = [input, ...(isInput ? [] : [first]), ...others].map((layer, i, all) => ({
    ...layer,
    name: nameOf(layer),
    inbound_nodes: (i === 0 ? [] : [[[...outputOf(all[i - 1]), {}]]]) as Json[],
  }));
  const config = {
    name: model.config['name'],
    layers: layers as unknown as Json,
    input_layers: [outputOf(layers[0])] as Json,
    output_layers: [outputOf(layers[layers.length - 1])] as Json,
  };
  return {class_name: 'Functional', config};
}

/** The shape of a Sequential's input, which its first layer has, or the model beside its layers. */
export function inputShape(model: LayerJson): Json {
  const [{config}] = layersOf(model);
  const {build_config: built} = model as {build_config?: JsonObject};
  return (
    config['batch_shape'] ??
    config['batch_input_shape'] ??
    model.config['build_input_shape'] ??
    built?.['input_shape'] ??
    null
  );
}
