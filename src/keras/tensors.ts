/** The tensors between the layers of a functional model, as Keras 3, Keras 2 and tfjs write them. */
import {isObject, type Json, type JsonObject} from './json.js';

/** One of a layer's outputs: the layer, which of its calls, which of that call's outputs. */
export type TensorJson = [layer: string, node: number, tensor: number];

const isTensor = (json: Json): json is TensorJson =>
  Array.isArray(json) && json.length === 3 && typeof json[0] === 'string';

/** The tensors in an argument, however deep. */
export function tensorsIn(json: Json): TensorJson[] {
  if (isTensor(json)) return [json];
  if (Array.isArray(json)) return json.flatMap(tensorsIn);
  return isKerasTensor(json) ? [json.config['keras_history'] as TensorJson] : [];
}

/** The ranks of these tensors, which only Keras 3 writes. */
export function ranksIn(json: Json): number[] {
  if (Array.isArray(json)) return json.flatMap(ranksIn);
  return isKerasTensor(json) ? [(json.config['shape'] as Json[]).length] : [];
}

const isKerasTensor = (json: Json): json is JsonObject & {config: JsonObject} =>
  isObject(json) && json['class_name'] === '__keras_tensor__';

/** The model's inputs or outputs, given as one tensor, a list or a dict of them. */
export const endsOf = (ends: Json): TensorJson[] =>
  isObject(ends) ? Object.values(ends).flatMap(endsOf) : tensorsIn(ends);

/** Keras 3 writes an object for a call; Keras 2 writes a list of inputs, which Keras 3 reads too. */
export function argumentsOf(node: Json): {args: Json[]; kwargs: JsonObject} {
  if (!Array.isArray(node)) return node as {args: Json[]; kwargs: JsonObject};
  // An operator's node is one input alone.
  const inputs = (isObject(node[3]) ? [node] : node) as Array<[...TensorJson, kwargs?: JsonObject]>;
  const args = inputs.map(([layer, call, tensor]): Json => [layer, call, tensor]);
  return {args: [args], kwargs: inputs[0]?.[3] ?? {}};
}
