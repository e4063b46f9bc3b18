import {check} from '../check.js';
import {isModel, type Json, type JsonObject, layersOf, type LayerJson, nameOf} from './json.js';
import {mendLayer} from './mend_layer.js';
import {isTensor, mendNodes, type TensorJson} from './mend_nodes.js';
import {calledWith, trainingOf} from './mend_training.js';

/**
 * A Sequential or functional model of Keras, with all models in it, as tfjs reads it.
 *
 * @param training That of the model's calls, for a model within another one of Keras 2.
 */
export function mendModel(given: LayerJson, keras3: boolean, training?: boolean): LayerJson {
  check(
    isModel(given),
    'fromKeras',
    () => `the model must be Sequential or functional, but is of the class ${given.class_name}.`,
  );
  const model = training == null ? given : calledWith(given, training);
  const layers = layersOf(model);
  const models = new Set(layers.filter(isModel).map(nameOf));
  // To tfjs and Keras 2, a model's first node is the call that made it; Keras 3 does not count it.
  const shift = ([name, node, ...tensor]: TensorJson): TensorJson => [
    name,
    keras3 && models.has(name) ? node + 1 : node,
    ...tensor,
  ];
  const mended = layers.map((layer, i) => ({
    ...(isModel(layer)
      ? mendModel(layer, keras3, keras3 ? undefined : trainingOf(layer))
      : mendLayer(i === 0 ? layer : inner(layer), keras3, model => mendModel(model, keras3))),
    ...(layer.name == null ? {} : {name: layer.name}),
    ...(layer.inbound_nodes == null ? {} : {inbound_nodes: mendNodes(layer, keras3, shift)}),
  }));
  const {class_name, config} = model;
  const name = config['name'];
  if (class_name === 'Sequential') {
    return {class_name, config: {name, layers: withShape(mended, model) as unknown as Json}};
  }
  const ends = (key: string): Json => mendEnds(config[key], shift);
  return {
    class_name,
    config: {
      name,
      layers: mended as unknown as Json,
      input_layers: ends('input_layers'),
      output_layers: ends('output_layers'),
    },
  };
}

/** The layer without the input shape that an adapted layer of Keras 2 writes: tfjs would warn of it. */
function inner(layer: LayerJson): LayerJson {
  if (layer.class_name === 'InputLayer') return layer;
  const config = Object.entries(layer.config).filter(([key]) => key !== 'batch_input_shape');
  return {...layer, config: Object.fromEntries(config)};
}

/** The layers, the first one with the input's shape, which Keras may write beside the layers only. */
function withShape(layers: LayerJson[], model: LayerJson): LayerJson[] {
  const [first, ...others] = layers;
  if (first == null || isModel(first) || first.config['batch_input_shape'] != null) return layers;
  const built = (model as unknown as {build_config?: JsonObject}).build_config;
  const shape = model.config['build_input_shape'] ?? built?.['input_shape'];
  check(
    Array.isArray(shape),
    `fromKeras: model ${nameOf(model)}`,
    () => 'the shape of its input must be known: build it before it is saved.',
  );
  return [{...first, config: {...first.config, batch_input_shape: shape}}, ...others];
}

/** The model's inputs or outputs, given as one [layer, node, tensor], a list or a dict of them. */
function mendEnds(ends: Json, shift: (end: TensorJson) => TensorJson): Json {
  if (isTensor(ends)) return [shift(ends)];
  const parts = Array.isArray(ends) ? ends : Object.values(ends as JsonObject);
  return parts.flatMap(part => mendEnds(part, shift) as Json[]);
}
