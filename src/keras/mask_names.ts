/** The masks that layers make of their input, named after what is computed. */
import {type Json, layersOf, type LayerJson, nameOf} from './json.js';
import {argumentsOf, type TensorJson, tensorsIn} from './tensors.js';

/** A mask of which no more is known. */
export const OTHER_MASK = 'another mask';

const notEqual = (x: TensorJson, value: Json): string => `${x.join()} != ${JSON.stringify(value)}`;
const any = (mask: string): string => `any(${mask})`;

/** The mask that this layer makes; null if it makes none. */
export function maskMadeBy({class_name, config}: LayerJson, input: TensorJson): string | null {
  if (class_name === 'Masking') return any(notEqual(input, config['mask_value'] ?? 0));
  return class_name === 'Embedding' && config['mask_zero'] === true ? notEqual(input, 0) : null;
}

/** Reads the masks that a file of Keras 3 names in calls, where operations compute them. */
export function maskReader(model: LayerJson): (mask: TensorJson) => string {
  const layers = new Map(layersOf(model).map(layer => [nameOf(layer), layer]));
  const read = ([name]: TensorJson): string => {
    const {class_name, config, inbound_nodes: [node] = []} = layers.get(name)!;
    if (node == null) return OTHER_MASK;
    const {args} = argumentsOf(node);
    const tensors = tensorsIn(args);
    if (class_name === 'NotEqual' && tensors.length === 1) return notEqual(tensors[0], args[1]);
    if (class_name === 'Any' && config['axis'] === -1) return any(read(tensors[0]));
    const parts = class_name === 'LogicalOr' ? tensors.map(read) : [];
    return parts.length > 0 && parts[0] === parts[1] ? parts[0] : OTHER_MASK;
  };
  return read;
}
