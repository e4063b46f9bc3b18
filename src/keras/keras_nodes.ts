/** Calls that Keras 3 writes in another way than tfjs. */
import type {InputJson} from './calls.js';
import {type Json, type LayerJson, nameOf} from './json.js';

const tensor = ([name, call, index]: InputJson): Json => ({
  class_name: '__keras_tensor__',
  config: {shape: [], dtype: 'float32', keras_history: [name, call, index]},
});

/** Keras 3 takes an RNN's first states by keyword alone. */
export function nodeWithStates([x, ...states]: InputJson[]): Json {
  if (states.length === 0) return [x];
  return {args: [tensor(x)], kwargs: {...x[3], initial_state: states.map(tensor)}};
}

/** The operator that a `Quotient` stands for. */
export function trueDivide(layer: LayerJson, inputs: InputJson[]): LayerJson {
  const {numerator: value = null} = layer.config;
  const constant: Json = Array.isArray(value)
    ? {class_name: '__numpy__', config: {value, dtype: 'float32'}}
    : value;
  const args = [...(value == null ? [] : [constant]), ...inputs.map(tensor)];
  return {
    module: 'keras.src.ops.numpy',
    class_name: 'TrueDivide',
    config: {name: nameOf(layer)},
    ...{registered_name: 'TrueDivide'},
    inbound_nodes: [{args, kwargs: {}}],
  };
}
