/** The calls of a functional model's layers, all written as Keras 2 and tfjs write them. */
import {check} from '../check.js';
import {isObject, type Json, type JsonObject, layersOf, type LayerJson, nameOf} from './json.js';
import {maskReader} from './mask_names.js';
import {isOperation, layersOfOperation} from './operations.js';
import {argumentsOf, endsOf, type TensorJson, tensorsIn} from './tensors.js';

/** An input of a call, with the call's keywords. */
export type InputJson = [...TensorJson, kwargs: JsonObject];

/** The inputs of each call of the layer. */
export const callsOf = ({inbound_nodes: nodes = []}: LayerJson): InputJson[][] =>
  nodes as InputJson[][];

/** A functional model with other layers. */
export const withLayers = (model: LayerJson, layers: LayerJson[]): LayerJson => ({
  ...model,
  config: {...model.config, layers: layers as unknown as Json},
});

/**
 * A functional model in which all calls are written so. A `mask` among the keywords is its name, as
 * `mask_names.ts` has it; the operations that only compute masks are left out.
 */
export function withCalls(model: LayerJson, keras3: boolean): LayerJson {
  const maskName = maskReader(model);
  const used = usedIn(model);
  const layers = layersOf(model)
    .filter(layer => layer.class_name === 'InputLayer' || used.has(nameOf(layer)))
    .flatMap(layer => {
      if (isOperation(layer)) return layersOfOperation(layer);
      const nodes = layer.inbound_nodes!.map(node => callOf(layer, node, keras3, maskName));
      return [{...layer, inbound_nodes: nodes as Json[]}];
    });
  const models = layersOf(model)
    .filter(({class_name}) => class_name === 'Functional')
    .map(nameOf);
  const ends = (key: string): Json =>
    endsOf(model.config[key]).map(([name, call, index]) => [
      name,
      // Keras 3 counts a functional model's calls from 1 here, and from 0 elsewhere.
      keras3 && models.includes(name) ? call - 1 : call,
      index,
    ]);
  const config = {
    ...model.config,
    input_layers: ends('input_layers'),
    output_layers: ends('output_layers'),
  };
  return withLayers({...model, config}, layers);
}

/** The call's inputs. A layer's are in its first argument; an RNN's states are behind. */
function callOf(
  layer: LayerJson,
  node: Json,
  keras3: boolean,
  maskName: (tensor: TensorJson) => string,
): InputJson[] {
  const op = `fromKeras: layer ${nameOf(layer)}`;
  const {args, kwargs} = argumentsOf(node);
  const count = args.filter(arg => arg != null).length;
  check(count <= 1, op, () => `its call must have one argument beside keywords, but has ${count}.`);
  const {initial_state: states = null, mask = null, ...others} = kwargs;
  const given: JsonObject = {};
  if (mask != null) given['mask'] = maskName(tensorsIn(mask)[0]);
  for (const [key, value] of Object.entries(others)) {
    // In Keras 3, predict and fit do not heed the `training` of a call.
    if (value == null || (keras3 && key === 'training')) continue;
    check(
      !isObject(value) && !Array.isArray(value),
      op,
      () => `${key} must be a number, a boolean or a string in its call, but is a tensor.`,
    );
    given[key] = value;
  }
  return [...tensorsIn(args), ...tensorsIn(states)].map(tensor => [...tensor, given]);
}

/** The layers from which the outputs follow, otherwise than by a mask. */
function usedIn(model: LayerJson): Set<string> {
  const layers = new Map(layersOf(model).map(layer => [nameOf(layer), layer]));
  const used = new Set<string>();
  const use = ([name]: TensorJson): void => {
    if (used.has(name)) return;
    used.add(name);
    for (const node of layers.get(name)?.inbound_nodes ?? []) {
      const {args, kwargs} = argumentsOf(node);
      const others = Object.entries(kwargs).filter(([key]) => key !== 'mask');
      tensorsIn([args, others.map(([, value]) => value)]).forEach(use);
    }
  };
  endsOf(model.config['output_layers']).forEach(use);
  return used;
}
