import {isModel, type Json, type JsonObject, layersOf, type LayerJson, nameOf} from './json.js';

/** A call's input in a file of Keras 2: [layer, node, tensor, keywords]. */
type Input = [layer: string, node: number, tensor: number, kwargs?: JsonObject];

/** The `training` of all calls of a layer in a file of Keras 2, if it is the same. */
export function trainingOf({inbound_nodes: nodes = []}: LayerJson): boolean | undefined {
  const given = (nodes as Input[][]).map(([input]) => input?.[3]?.['training'] ?? undefined);
  return given.every(training => training === given[0])
    ? (given[0] as boolean | undefined)
    : undefined;
}

/**
 * A model whose layers are called with `training`. In Keras 2, it is handed down from the call of a
 * model to those in it which have none of their own; tfjs's layers know their own calls alone.
 */
export function calledWith(model: LayerJson, training: boolean): LayerJson {
  const functional = model.class_name === 'Sequential' ? inNodes(model) : model;
  const layers = layersOf(functional).map(layer => ({
    ...layer,
    inbound_nodes: (layer.inbound_nodes as Input[][]).map(node =>
      node.map(([name, call, tensor, kwargs]) => [name, call, tensor, {training, ...kwargs}]),
    ),
  }));
  return {...functional, config: {...functional.config, layers: layers as unknown as Json}};
}

/** A Sequential as a functional model. */
function inNodes({config, ...model}: LayerJson): LayerJson {
  const [first, ...others] = layersOf({config, ...model});
  const input: LayerJson =
    first.class_name === 'InputLayer'
      ? first
      : {
          class_name: 'InputLayer',
          config: {
            name: `${nameOf(first)}_input`,
            batch_input_shape: first.config['batch_input_shape'],
          },
        };
  const called = input === first ? others : [first, ...others];
  // A model's first node is the one that made it.
  const outputOf = (layer: LayerJson): Input => [nameOf(layer), isModel(layer) ? 1 : 0, 0];
  const layers = [input, ...called].map((layer, i, all) => ({
    ...layer,
    name: nameOf(layer),
    inbound_nodes: (i === 0 ? [] : [[outputOf(all[i - 1])]]) as Json[],
  }));
  return {
    ...model,
    class_name: 'Functional',
    config: {
      ...config,
      layers: layers as unknown as Json,
      input_layers: [outputOf(input)] as Json,
      output_layers: [outputOf(layers[layers.length - 1])] as Json,
    },
  };
}
