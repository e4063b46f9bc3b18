import {check} from '../check.js';
import {OUR_NAMES} from './class_names.js';
import {
  isModel,
  isSerialized,
  type Json,
  type JsonObject,
  type LayerJson,
  nameOf,
  type SerializedJson,
} from './json.js';

/** A version of Keras whose files this package writes. */
export type KerasVersion = 2 | 3;

/** Keras's names of classes that have another name here. */
const CLASSES: Record<string, string> = {
  ...Object.fromEntries(Object.entries(OUR_NAMES).map(([keras, ours]) => [ours, keras])),
  InstanceNormalization: 'GroupNormalization', // its groups are -1
  L2Normalization: 'UnitNormalization',
  LeCunNormal: 'LecunNormal',
  LeCunUniform: 'LecunUniform',
};

/** Classes that Keras does not have, with the versions that lack them. */
const MISSING: Record<string, KerasVersion[]> = {
  AdaptiveNormalization: [2, 3],
  AddNormalization: [2, 3],
  DynamicErf: [2, 3],
  DynamicTanh: [2, 3],
  FilterResponseNormalization: [2, 3],
  GlobalResponseNormalization: [2, 3],
  L1Normalization: [2, 3],
  LayerScale: [2, 3], // but within keras.applications
  LocalResponseNormalization: [2, 3],
  PowerNormalization: [2, 3],
  Quotient: [2],
  RMSNormalization: [2],
  ThresholdedReLU: [3],
  TLU: [2, 3],
  WeightNormalization: [2, 3],
  WeightStandardization: [2, 3],
};

/** Keys that Keras does not have, each with the one value that Keras computes. */
const ONLY: Record<string, JsonObject> = {
  // Keras 2 gives the weights another shape then.
  BatchNormalization: {virtual_batch_size: null},
  SpectralNormalization: {reparametrize: false},
  UnitNormalization: {order: 2, epsilon: 1e-12},
};

/** The same for keys that only Keras 2 does not have. */
const ONLY_OF_2: Record<string, JsonObject> = {
  LayerNormalization: {rms_scaling: false},
};

/** Settings that tfjs computes but does not write, and for which Keras has another default. */
const IMPLIED: Record<string, JsonObject> = {
  GRU: {reset_after: false},
  GRUCell: {reset_after: false},
};

/** Keys that tfjs writes for a layer and that Keras 3 refuses. */
const ONLY_IN_2: Array<[layers: RegExp, key: string]> = [
  [/^(?!InputLayer)/, 'batch_input_shape'],
  [/./, 'implementation'],
  [/^SpatialDropout1D$/, 'noise_shape'],
  [/^SpatialDropout1D$/, 'trainable'],
];

/**
 * A layer of tfjs's file as that version of Keras reads it.
 *
 * @param kerasModel Converts a model within a wrapper.
 */
export function kerasLayer(
  layer: LayerJson,
  version: KerasVersion,
  kerasModel: (model: LayerJson) => LayerJson,
): LayerJson {
  const op = `toKeras: layer ${nameOf(layer)}`;
  const {class_name: given, config} = layer;
  const missing = (MISSING[given] ?? []).includes(version);
  check(!missing, op, () => `its class must be in Keras ${version}, but is ${given}.`);
  check(
    given !== 'InstanceNormalization' || 'groups' in config,
    op,
    () => `its class must be in Keras, but is ${given} of keras-contrib or of a tutorial.`,
  );
  const class_name = CLASSES[given] ?? given;
  checkName(layer, version);
  const only = {...ONLY[class_name], ...(version === 2 ? ONLY_OF_2[class_name] : {})};
  for (const [key, value] of Object.entries(only)) {
    const came = config[key] ?? value;
    check(
      came === value,
      op,
      () => `${key} must be ${show(value)} for Keras ${version}, but is ${show(came)}.`,
    );
  }

  const convert = (key: string, value: Json): Json => {
    if (key.endsWith('activation')) checkActivation(op, key, value, version);
    if (Array.isArray(value)) return value.map(item => convert(key, item));
    if (!isSerialized(value)) return value;
    const inner = value as unknown as LayerJson;
    const rule = /_(initializer|regularizer|constraint)$/.exec(key)?.[1];
    if (rule != null) return kerasRule(inner, `keras.${rule}s`, version) as unknown as Json;
    if (isModel(inner)) return kerasModel(inner) as unknown as Json;
    if (version === 2 && class_name === 'SpectralNormalization') checkSpectral(inner);
    return kerasLayer(inner, version, kerasModel) as unknown as Json;
  };
  const isRefused = (key: string) =>
    key in only ||
    isOfCell(layer, key) ||
    // In its place tfjs writes the regularizer.
    (given === 'DepthwiseConv2D' && key === 'depthwise_constraint') ||
    (version === 3 && ONLY_IN_2.some(([layers, name]) => name === key && layers.test(given)));
  const entries = Object.entries({...IMPLIED[class_name], ...config})
    .filter(([key]) => !isRefused(key))
    .map(([key, value]) => [renamed(class_name, key, version), convert(key, value)]);
  const converted = Object.fromEntries(entries) as JsonObject;
  if (class_name === 'BatchNormalization' && version === 3) {
    converted['axis'] = singleAxis(op, converted['axis']);
  }
  return located({class_name, config: converted}, 'keras.layers', version);
}

/** Checks a name that is in the files as it is: a model's, an input's or that of a wrapped layer. */
export function checkName(layer: LayerJson, version: KerasVersion): void {
  const name = nameOf(layer);
  const isTaken = version === 2 || !name.includes('/');
  check(isTaken, `toKeras: layer ${name}`, () => 'its name must have no slash for Keras 3.');
}

function checkActivation(op: string, key: string, value: Json, version: KerasVersion): void {
  const changed = version === 3 && value === 'hard_sigmoid';
  check(!changed, op, () => `${key} must not be hard_sigmoid, which Keras 3 changed, but is.`);
  check(value !== 'gelu_new', op, () => `${key} must be one of Keras, but is gelu_new.`);
}

function checkSpectral(inner: LayerJson): void {
  const {class_name} = inner;
  check(
    class_name !== 'DepthwiseConv2D',
    `toKeras: layer ${nameOf(inner)}`,
    () => `its class must not be ${class_name} in a SpectralNormalization of Keras 2, but is.`,
  );
}

/** tfjs writes a cell's config into that of its layer besides. */
function isOfCell({class_name, config}: LayerJson, key: string): boolean {
  const cell = class_name === 'RNN' ? (config['cell'] as SerializedJson).config : {};
  return key in cell && !['name', 'trainable', 'dtype', 'batch_input_shape'].includes(key);
}

/** Keras 2 writes a list of axes for batch normalization, Keras 3 takes a number only. */
function singleAxis(op: string, axis: Json): Json {
  const axes = [axis].flat();
  check(
    axes.length === 1,
    op,
    () => `axis must be a single one for Keras 3, but is ${show(axis)}.`,
  );
  return axes[0];
}

/** The same for an initializer, a regularizer or a constraint. */
function kerasRule(rule: LayerJson, module: string, version: KerasVersion): LayerJson {
  const {class_name, config} = rule;
  const {distribution} = config;
  const renamed: JsonObject = distribution === 'normal' ? {distribution: 'truncated_normal'} : {};
  const class_ = CLASSES[class_name] ?? class_name;
  return located({class_name: class_, config: {...config, ...renamed}}, module, version);
}

const renamed = (class_name: string, key: string, version: KerasVersion): string => {
  if (version === 2) return key;
  if (class_name === 'InputLayer' && key === 'batch_input_shape') return 'batch_shape';
  return class_name === 'LeakyReLU' && key === 'alpha' ? 'negative_slope' : key;
};

/** The layer with the Python module in which Keras 3 finds the class. */
const located = (layer: LayerJson, module: string, version: KerasVersion): LayerJson =>
  version === 3 ? {module, ...layer, ...{registered_name: null}} : layer;

const show = (value: Json): string => JSON.stringify(value);
