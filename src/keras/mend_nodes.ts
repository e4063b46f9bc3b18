import {check} from '../check.js';
import {isObject, type Json, type JsonObject, type LayerJson, nameOf} from './json.js';

/** One of a layer's outputs: the layer, which of its calls, which of that call's outputs. */
export type TensorJson = [layer: string, node: number, tensor: number];

export const isTensor = (json: Json): json is TensorJson =>
  Array.isArray(json) && json.length === 3 && typeof json[0] === 'string';

/** Operators such as `a + b`: Keras 3 names each as tfjs names a layer, and writes two arguments. */
const OPERATIONS = ['Add', 'Maximum', 'Minimum', 'Multiply'];

/** The calls of a layer in a functional model, as tfjs reads them: [layer, node, tensor, kwargs]. */
export function mendNodes(
  layer: LayerJson,
  keras3: boolean,
  shift: (tensor: TensorJson) => TensorJson,
): Json[] {
  return layer.inbound_nodes!.map(node => {
    if (Array.isArray(node)) {
      // Keras 2 writes nodes this way, and Keras 3 reads them too.
      return (node as Array<[...TensorJson, Json]>).map(([name, call, tensor, kwargs]) => [
        ...shift([name, call, tensor]),
        mendKwargs(layer, keras3, (kwargs ?? {}) as JsonObject),
      ]);
    }
    const {args, kwargs: given} = node as {args: Json[]; kwargs: JsonObject};
    const kwargs = mendKwargs(layer, keras3, given);
    return inputsOf(layer, args).map(({history}) => [...shift(history), kwargs]);
  });
}

type Input = {history: TensorJson; rank: number};

/** The input tensors of a call: a layer's are in its first argument, an operator's in its first two. */
function inputsOf(layer: LayerJson, args: Json[]): Input[] {
  const op = `fromKeras: layer ${nameOf(layer)}`;
  const known = OPERATIONS.includes(layer.class_name);
  check(
    known || layer.module?.startsWith('keras.src.ops') !== true,
    op,
    () => `operations must be ${OPERATIONS.join(', ')}, but this is ${layer.class_name}.`,
  );
  const inputs = args.map(inputsIn);
  const others = args.slice(1).filter(arg => arg != null);
  if (others.length === 0) return inputs[0];
  check(
    others.length === 1 && known,
    op,
    () => `its call must have one argument beside keywords, but has ${others.length + 1}.`,
  );
  const ranks = inputs.map(each => each.map(({rank}) => rank));
  check(
    ranks.every(each => each.length === 1 && each[0] === ranks[0][0]),
    op,
    () => `${layer.class_name} must be of tensors of one rank, but is of ${JSON.stringify(ranks)}.`,
  );
  return inputs.flat();
}

function inputsIn(arg: Json): Input[] {
  if (Array.isArray(arg)) return arg.flatMap(inputsIn);
  if (!isKerasTensor(arg)) return [];
  const {keras_history, shape} = arg['config'] as JsonObject;
  return [{history: keras_history as TensorJson, rank: (shape as Json[]).length}];
}

const isKerasTensor = (json: Json): json is JsonObject =>
  isObject(json) && json['class_name'] === '__keras_tensor__';

/** The keywords of a call. In Keras 3, predict and fit do not heed its `training`. */
function mendKwargs(layer: LayerJson, keras3: boolean, kwargs: JsonObject): JsonObject {
  const given = Object.entries(kwargs).filter(
    ([key, value]) => value != null && !(keras3 && key === 'training'),
  );
  for (const [key, value] of given) {
    check(
      !isObject(value) && !Array.isArray(value),
      `fromKeras: layer ${nameOf(layer)}`,
      () => `${key} must be a number, a boolean or a string in its call, but is a tensor.`,
    );
  }
  return Object.fromEntries(given);
}
