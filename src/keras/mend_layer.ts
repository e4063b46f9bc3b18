import {serialization} from '@tensorflow/tfjs-core';
import {check} from '../check.js';
import {OUR_NAMES} from './class_names.js';
import {
  isModel,
  isObject,
  isSerialized,
  type Json,
  type JsonObject,
  type LayerJson,
  nameOf,
  type SerializedJson,
} from './json.js';

/** tfjs's names of classes, activations and keys that have another name in Keras. */
const CLASSES: Record<string, string> = {
  ...OUR_NAMES,
  LecunNormal: 'LeCunNormal',
  LecunUniform: 'LeCunUniform',
  L1: 'L1L2',
  L2: 'L1L2',
};
const ACTIVATIONS: Record<string, string> = {silu: 'swish'};
const KEYS: Record<string, Record<string, string>> = {
  InputLayer: {batch_shape: 'batch_input_shape'},
  LeakyReLU: {negative_slope: 'alpha'},
};

/** Keys that tfjs's layers refuse, and that change nothing in Keras. */
const UNUSED: Array<[layers: RegExp, key: RegExp]> = [
  [/^SeparableConv/, /^kernel_(initializer|regularizer|constraint)$/],
];

/** Keys that tfjs's layers ignore, each with the one value that they compute. */
const ONLY: Array<[layers: RegExp, key: string, value: Json]> = [
  [/^Conv[123]D$/, 'groups', 1],
  [/^DepthwiseConv2D$/, 'dilation_rate', [1, 1]],
  [/^Conv.*Transpose$/, 'output_padding', null],
  [/^Global/, 'keepdims', false],
  [/^GRU/, 'reset_after', false],
  [/^InputLayer$/, 'ragged', false],
  [/^InputLayer$/, 'sparse', false],
  [/^ReLU$/, 'negative_slope', 0],
  [/^ReLU$/, 'threshold', 0],
  [/./, 'quantization_config', null],
  [/./, 'lora_rank', null],
];

/**
 * A layer's class and config, and all objects within, as tfjs reads them.
 *
 * @param mendModel Converts a model within a wrapper.
 */
export function mendLayer(
  layer: LayerJson,
  keras3: boolean,
  mendModel: (model: LayerJson) => LayerJson,
): LayerJson {
  const name = nameOf(layer);
  const fail = (key: string, rule: string, came: Json) =>
    check(
      false,
      `fromKeras: layer ${name}`,
      () => `${key} must be ${rule}, but is ${JSON.stringify(came)}.`,
    );
  for (const [layers, key, value] of ONLY) {
    const came = layer.config[key];
    if (
      layers.test(layer.class_name) &&
      came !== undefined &&
      JSON.stringify(came) !== JSON.stringify(value)
    ) {
      fail(key, `${JSON.stringify(value)} for tfjs`, came);
    }
  }
  const className = (key: string, given: string, found = isRegistered): string => {
    const mended = CLASSES[given] ?? given;
    if (!found(mended)) fail(key, 'a class registered with tf.serialization', given);
    return mended;
  };
  const mendValue = (key: string, value: Json): Json => {
    if (key === 'dtype') return dtypeOf(value);
    if (key.endsWith('activation')) return activation(key, value);
    if (Array.isArray(value)) return value.map(each => mendValue(key, each));
    if (!isSerialized(value)) return value;
    const inner = value as unknown as LayerJson;
    if (isModel(inner)) return mendModel(inner) as unknown as Json;
    if (isLayerKey(key)) return mendLayer(inner, keras3, mendModel) as unknown as Json;
    return {class_name: className(key, value.class_name), config: mendRule(value)};
  };
  const activation = (key: string, value: Json): Json => {
    // The hard_sigmoid of Keras 3 has another slope than that of Keras 2 and tfjs.
    const known = typeof value === 'string' && !(keras3 && value === 'hard_sigmoid');
    const mended = known ? (ACTIVATIONS[value] ?? value) : '';
    if (!isRegistered(camelCase(mended))) fail(key, 'an activation of tfjs', value);
    return mended;
  };
  return {
    class_name: className('its class', layer.class_name, isLayer),
    config: mendInner(layer, mapConfig(layer, mendValue)),
  };
}

function mapConfig(
  {class_name, config}: SerializedJson,
  mend: (key: string, value: Json) => Json,
): JsonObject {
  const renamed = (key: string) => KEYS[class_name]?.[key] ?? key;
  const isUsed = (key: string) =>
    !UNUSED.some(([layers, unused]) => layers.test(class_name) && unused.test(key));
  const entries = Object.entries(config)
    .filter(([key]) => isUsed(key))
    .map(([key, value]) => [renamed(key), mend(key, value)]);
  return Object.fromEntries(entries) as JsonObject;
}

/** The config of an initializer, a regularizer or a constraint. */
function mendRule({class_name, config}: SerializedJson): JsonObject {
  if (class_name === 'L1' || class_name === 'L2') return {l1: 0, l2: 0, ...config};
  // tfjs calls this distribution normal. The file's weights replace the initial values anyway.
  const {distribution} = config;
  return distribution === 'untruncated_normal' ? {...config, distribution: 'normal'} : config;
}

/** tfjs makes both layers of a bidirectional one from a single config, and names them itself. */
function mendInner({class_name, config: given}: LayerJson, config: JsonObject): JsonObject {
  if (class_name !== 'Bidirectional') return config;
  const op = `fromKeras: layer ${given['name'] as string}`;
  const {backward_layer: backward = config['layer'], ...others} = config;
  check(
    unnamed(backward) === unnamed(config['layer']),
    op,
    () => 'backward_layer must be its layer reversed, but has another config.',
  );
  const layer = withoutCell(op, config['layer'] as SerializedJson);
  const name = (layer.config['name'] as string).replace(/^forward_/, '');
  return {...others, layer: {...layer, config: {...layer.config, name}}};
}

/** tfjs cannot copy a layer with a cell, but has a layer for each kind of cell. */
function withoutCell(op: string, layer: SerializedJson): SerializedJson {
  if (layer.class_name !== 'RNN') return layer;
  const {cell, ...config} = layer.config;
  const {class_name, config: inner} = cell as SerializedJson;
  check(
    /^(GRU|LSTM|SimpleRNN)Cell$/.test(class_name),
    op,
    () => `its cell must be a GRUCell, LSTMCell or SimpleRNNCell for tfjs, but is ${class_name}.`,
  );
  return {class_name: class_name.replace(/Cell$/, ''), config: {...inner, ...config}};
}

/** A recurrent layer without the settings that differ between the two directions. */
function unnamed(layer: Json): string {
  const {class_name, config} = layer as SerializedJson;
  return JSON.stringify({class_name, config: {...config, name: null, go_backwards: null}});
}

const isLayerKey = (key: string): boolean => /^(layer|backward_layer|cells?)$/.test(key);

/** Keras 3 writes a policy; tfjs has no other than float32. */
const dtypeOf = (dtype: Json): Json =>
  isObject(dtype) ? (dtype['config'] as JsonObject)['name'] : dtype;

const isRegistered = (name: string): boolean =>
  Object.hasOwn(serialization.SerializationMap.getMap().classNameMap, name);

/** Whether a layer is registered by this name; tfjs's `Identity`, for one, is an initializer. */
const isLayer = (name: string): boolean => {
  const {classNameMap} = serialization.SerializationMap.getMap();
  return isRegistered(name) && 'call' in (classNameMap[name][0].prototype as object);
};

const camelCase = (name: string): string =>
  name.replace(/_+(\w)/g, (_, letter: string) => letter.toUpperCase());
