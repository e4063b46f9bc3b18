import {check} from '../check.js';
import {isObject, type Json, type JsonObject, type LayerJson, nameOf} from './json.js';

/** One of a layer's outputs: the layer, which of its calls, which of that call's outputs. */
export type TensorJson = [layer: string, node: number, tensor: number];

export const isTensor = (json: Json): json is TensorJson =>
  Array.isArray(json) && json.length === 3 && typeof json[0] === 'string';

/** What Keras 3 has functions for, and tfjs layers. */
const OPERATIONS = ['Add', 'Average', 'Maximum', 'Minimum', 'Multiply'];

const isOperation = ({module}: LayerJson): boolean => module?.startsWith('keras.src.ops') === true;

/** The calls of a layer in a functional model, as tfjs reads them: [layer, node, tensor, kwargs]. */
export function mendNodes(layer: LayerJson, shift: (tensor: TensorJson) => TensorJson): Json[] {
  return layer.inbound_nodes!.map(node => {
    if (Array.isArray(node)) {
      // As Keras 2 writes them, and Keras 3 takes them too.
      return (node as Array<[...TensorJson, Json]>).map(([name, call, tensor, kwargs]) => [
        ...shift([name, call, tensor]),
        kwargs ?? {},
      ]);
    }
    const {args, kwargs: given} = node as {args: Json[]; kwargs: JsonObject};
    const kwargs = mendKwargs(layer, given);
    return inputsOf(layer, args).map(({history}) => [...shift(history), kwargs]);
  });
}

type Input = {history: TensorJson; rank: number};

/** The tensors that a layer takes as its first argument, and an operation as its first two. */
function inputsOf(layer: LayerJson, args: Json[]): Input[] {
  const fail = (rule: string, came: string) =>
    check(false, `fromKeras: layer ${nameOf(layer)}`, () => `${rule}, but ${came}.`);
  const inputs = args.map(inputsIn);
  if (isOperation(layer)) {
    const two = inputs.length === 2 && inputs.every(each => each.length === 1);
    const [a, b] = inputs.flat();
    if (!OPERATIONS.includes(layer.class_name) || !two || a.rank !== b.rank) {
      fail(
        `operations must be ${OPERATIONS.join(', ')} of two tensors of one rank`,
        `is ${layer.class_name} of ${JSON.stringify(inputs.map(each => each.length))}`,
      );
    }
    return inputs.flat();
  }
  if (args.slice(1).some(arg => arg != null)) {
    fail('its call must have one argument beside keywords', `has ${args.length}`);
  }
  return inputs[0];
}

function inputsIn(arg: Json): Input[] {
  if (Array.isArray(arg)) return arg.flatMap(inputsIn);
  if (!isKerasTensor(arg)) return [];
  const {keras_history, shape} = arg['config'] as JsonObject;
  return [{history: keras_history as TensorJson, rank: (shape as Json[]).length}];
}

const isKerasTensor = (json: Json): json is JsonObject =>
  isObject(json) && json['class_name'] === '__keras_tensor__';

function mendKwargs(layer: LayerJson, kwargs: JsonObject): JsonObject {
  const given = Object.entries(kwargs).filter(([, value]) => value != null);
  for (const [key, value] of given) {
    check(
      !isObject(value) && !Array.isArray(value),
      `fromKeras: layer ${nameOf(layer)}`,
      () => `${key} must be a number, a boolean or a string in its call, but is a tensor.`,
    );
  }
  return Object.fromEntries(given);
}
