import {check} from '../check.js';
import {callsOf, type InputJson, withLayers} from './calls.js';
import {isModel, type Json, type JsonObject, layersOf, type LayerJson, nameOf} from './json.js';
import {checkName, kerasLayer, type KerasVersion} from './keras_layer.js';
import {nodeWithStates, trueDivide} from './keras_nodes.js';
import {isRecurrent} from './masks.js';

/** A model of tfjs's file, with all models in it, as that version of Keras reads it. */
export function kerasModel(given: LayerJson, version: KerasVersion): LayerJson {
  const model = withoutMasks(given);
  checkName(model, version);
  const layers = layersOf(model);
  const models = layers.filter(isModel);
  const inner = (model: LayerJson): LayerJson => kerasModel(model, version);
  // To tfjs and Keras 2, a model's first node is the call that made it. Keras 3 does not count it,
  // but for the calls of functional models among the outputs.
  const shifted =
    (models: LayerJson[]) =>
    (tensors: Json | undefined): InputJson[] =>
      (tensors as InputJson[]).map(([name, node, ...others]) => [
        name,
        version === 3 && models.some(model => nameOf(model) === name) ? node - 1 : node,
        ...others,
      ]);
  const nodesOf = (layer: LayerJson): Json[] => {
    const nodes = layer.inbound_nodes!.map(shifted(models));
    return version === 3 && isRecurrent(layer) ? nodes.map(nodeWithStates) : nodes;
  };
  const converted = layers.map(layer => {
    const name = layer.name == null ? {} : {name: layer.name};
    const nodes = layer.inbound_nodes == null ? null : nodesOf(layer);
    if (version === 3) checkTraining(layer);
    if (version === 3 && layer.class_name === 'Quotient') {
      return {...trueDivide(layer, nodes![0] as InputJson[]), ...name};
    }
    return {
      ...(isModel(layer) ? inner(layer) : kerasLayer(layer, version, inner)),
      ...name,
      ...(nodes == null ? {} : {inbound_nodes: nodes}),
    };
  });
  const sequences = models.filter(({class_name}) => class_name === 'Sequential');
  const ends = Object.fromEntries(
    ['input_layers', 'output_layers']
      .filter(key => key in model.config)
      .map(key => [key, ended(shifted(sequences)(model.config[key]), version)]),
  );
  const class_name = model.class_name === 'Model' ? 'Functional' : model.class_name;
  const isSequential = version === 3 && class_name === 'Sequential';
  const ours = isSequential ? [...inputOf(layers[0]), ...converted] : converted;
  const config = {...model.config, ...ends, layers: ours as unknown as Json};
  return version === 3 ? inKeras3(class_name, config) : {...model, class_name, config};
}

/** In Keras 3, `predict` would compute otherwise than the call says. */
function checkTraining(layer: LayerJson): void {
  const trains = callsOf(layer).some(node => node.some(([, , , kwargs]) => kwargs['training']));
  check(
    !trains,
    `toKeras: layer ${nameOf(layer)}`,
    () => 'training must not be true in its call, which Keras 3 does not heed, but is.',
  );
}

/** The model without what `fromKeras` put between its layers so that tfjs has Keras's masks. */
function withoutMasks(model: LayerJson): LayerJson {
  const masks = new Map(
    layersOf(model)
      .filter(({class_name}) => class_name === 'WithMask')
      .map(layer => [nameOf(layer), callsOf(layer)[0][0]]),
  );
  const layers = layersOf(model).filter(layer => !masks.has(nameOf(layer)));
  const plain = layers.map(layer => ({
    ...layer,
    ...(layer.inbound_nodes == null
      ? {}
      : {
          inbound_nodes: callsOf(layer).map((node): Json =>
            node.map(([name, call, index, kwargs]) => [
              ...(masks.get(name)?.slice(0, 3) ?? [name, call, index]),
              kwargs,
            ]),
          ),
        }),
  }));
  return masks.size === 0 ? model : withLayers(model, plain);
}

const inKeras3 = (class_name: string, config: JsonObject): LayerJson => ({
  module: class_name === 'Functional' ? 'keras.src.models.functional' : 'keras',
  class_name,
  config,
  ...{registered_name: class_name === 'Functional' ? class_name : null},
});

/** To Keras 3, a list of one tensor is another thing than the tensor: such a model returns lists. */
const ended = (ends: Json[], version: KerasVersion): Json =>
  version === 3 && ends.length === 1 ? ends[0] : ends;

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
