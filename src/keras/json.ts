/** A model's topology as its JSON file has it: in snake_case, whether Keras or tfjs wrote it. */

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = {[key: string]: Json};

/** A layer, a model, an initializer, a regularizer or a constraint. */
export type SerializedJson = {class_name: string; config: JsonObject};

export type LayerJson = SerializedJson & {
  /** The Python module of the class, in files of Keras 3. */
  module?: string;
  /** Only the layers of a functional model have a name and nodes beside their config. */
  name?: string;
  inbound_nodes?: Json[];
};

export const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === 'object' && json != null && !Array.isArray(json);

export const isSerialized = (json: Json): json is SerializedJson & JsonObject =>
  isObject(json) && typeof json['class_name'] === 'string' && isObject(json['config']);

export const isModel = ({class_name}: LayerJson): boolean =>
  ['Functional', 'Model', 'Sequential'].includes(class_name);

/** The layers of a model. */
export const layersOf = ({config}: LayerJson): LayerJson[] =>
  (config['layers'] ?? []) as unknown as LayerJson[];

/** The name that a layer has in messages and weights. */
export const nameOf = ({name, config, class_name}: LayerJson): string =>
  name ?? (config['name'] as string | undefined) ?? class_name;

/** The class's name without a package's prefix, such as `Addons>` in `Addons>TLU`. */
export const classOf = ({class_name}: LayerJson): string => class_name.replace(/^.*>/, '');
