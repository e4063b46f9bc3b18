import {
  isModel,
  isObject,
  type Json,
  type JsonObject,
  layersOf,
  type LayerJson,
  nameOf,
} from './json.js';

/**
 * The model with another name for each layer whose name one in another model has already: tfjs
 * names weights by their layer alone.
 *
 * @param write The name that a layer gets if no other one has it.
 * @param taken The names of the layers in the models around.
 */
export function withUniqueNames(
  model: LayerJson,
  write: (name: string) => string = name => name,
  taken = new Set<string>(),
): LayerJson {
  const names = new Map<string, string>();
  const own = layersOf(model).filter(layer => layer.class_name !== 'InputLayer' && !isModel(layer));
  const ownNames = new Set(own.map(nameOf));
  for (const name of ownNames) {
    let unique = write(name);
    while (taken.has(unique) || (unique !== name && ownNames.has(unique))) {
      unique = `${nameOf(model)}_${unique}`;
    }
    names.set(name, unique);
  }
  for (const name of names.values()) taken.add(name);
  const layers = layersOf(model).map(given => {
    const layer = withUniqueModels(given, write, taken);
    const name = names.get(nameOf(layer)) ?? nameOf(layer);
    const {config, inbound_nodes: nodes} = layer;
    return {
      ...layer,
      config: {...config, name},
      ...(layer.name == null ? {} : {name}),
      ...(nodes == null ? {} : {inbound_nodes: renamed(nodes, names) as Json[]}),
    };
  });
  const {input_layers: inputs, output_layers: outputs} = model.config;
  const ends = {input_layers: inputs, output_layers: outputs};
  return {
    ...model,
    config: {
      ...model.config,
      layers: layers as unknown as Json,
      ...(inputs == null ? {} : (renamed(ends, names) as JsonObject)),
    },
  };
}

/** The layer, with the model that it is or wraps. */
function withUniqueModels(
  layer: LayerJson,
  write: (name: string) => string,
  taken: Set<string>,
): LayerJson {
  if (isModel(layer)) return withUniqueNames(layer, write, taken);
  const inner = layer.config['layer'] as unknown as LayerJson | undefined;
  if (inner == null) return layer;
  const config = {...layer.config, layer: withUniqueModels(inner, write, taken) as unknown as Json};
  return {...layer, config};
}

/** Tensors with their layers' new names, wherever they stand. */
function renamed(json: Json, names: Map<string, string>): Json {
  if (Array.isArray(json)) {
    const [layer, node, ...others] = json;
    const isTensor = typeof layer === 'string' && typeof node === 'number';
    return isTensor
      ? [names.get(layer) ?? layer, node, ...others.map(part => renamed(part, names))]
      : json.map(part => renamed(part, names));
  }
  if (!isObject(json)) return json;
  return Object.fromEntries(Object.entries(json).map(([key, part]) => [key, renamed(part, names)]));
}
